/* SPDX-License-Identifier: Apache-2.0 */
/* A library with a name that is none of ours. */
int stranger_in_town(void);
int stranger_in_town(void)
{
    return 1;
}
