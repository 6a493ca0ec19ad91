/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/signal.h"

const char *haetae_signal_name(haetae_signal signal)
{
    static const char *const names[HAETAE_SIGNAL_COUNT] = {"traces", "metrics", "logs"};

    return (unsigned)signal < HAETAE_SIGNAL_COUNT ? names[signal] : "?";
}
