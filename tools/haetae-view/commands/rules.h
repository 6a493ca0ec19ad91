/* SPDX-License-Identifier: Apache-2.0 */
/* "haetae-view rules": what is in a file of rules. */
#ifndef HAETAE_VIEW_COMMANDS_RULES_H
#define HAETAE_VIEW_COMMANDS_RULES_H

/* `arguments` begin behind "rules". Returns the exit status: 0, 1 (the output cannot be written) or
 * 2 (used wrongly, or the rules are wrong). */
int hae_view_command_rules(int count, char **arguments);

#endif
