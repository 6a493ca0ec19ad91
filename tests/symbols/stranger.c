/* SPDX-License-Identifier: Apache-2.0 */
/* A library that exports a name that does not belong to haetae. */
int stranger_in_town(void);
int stranger_in_town(void)
{
    return 1;
}
