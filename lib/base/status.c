/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/status.h"

const char *haetae_status_name(haetae_status status)
{
    /* An int, so that codes outside the enum reach the default. */
    switch ((int)status) {
#define STATUS_NAME(name, code, text)                                                              \
    case (code):                                                                                   \
        return "HAETAE_" #name;
        HAETAE_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
    default:
        return "HAETAE_E?";
    }
}

const char *haetae_status_text(haetae_status status)
{
    switch ((int)status) {
#define STATUS_TEXT(name, code, text)                                                              \
    case (code):                                                                                   \
        return (text);
        HAETAE_STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
    default:
        return "unknown status";
    }
}
