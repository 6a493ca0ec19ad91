/* SPDX-License-Identifier: Apache-2.0 */
/* The directives; README.md describes them. */
#ifndef HAETAE_EXAMPLES_NGINX_DIRECTIVES_H
#define HAETAE_EXAMPLES_NGINX_DIRECTIVES_H

#include "conf.h"

extern ngx_command_t nh_directives[];

#endif
