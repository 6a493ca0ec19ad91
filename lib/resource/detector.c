/* SPDX-License-Identifier: Apache-2.0 */
#include "resource/detector.h"

#include <stdlib.h>

const char *hae_detector_env(const struct hae_detector_input *input, const char *name)
{
    const char *value = input->env_trusted ? getenv(name) : NULL;

    return value != NULL ? value : "";
}
