/* SPDX-License-Identifier: Apache-2.0 */
/* The factories that are registered, by name and protocol. */
#ifndef HAETAE_SDK_FACTORY_H
#define HAETAE_SDK_FACTORY_H

#include "haetae/exporter.h"

/* The factory of this name that speaks `protocol`; NULL when there is none. An empty
 * protocol stands for any. */
const haetae_exporter_factory *hae_factory_find(haetae_string name, const char *protocol);

/* Writes what is registered, such as "otlp (http/protobuf), console"; "nothing" for none.
 * A text that does not fit is cut. */
void hae_factory_list(char *out, size_t size_bytes);

/* Makes an exporter for these signals, which gets no others. It has to take each of the
 * `required` ones, and one of `signals` at least. Adds to the text of haetae_config_error() on
 * failure, without beginning a new one.
 * Ownership: the caller's. Errors: those of the factory's create(); HAETAE_EINVAL when
 * what it made is no exporter of its name; HAETAE_EVALUE when it does not take the signals. */
haetae_status hae_factory_create(const haetae_exporter_factory *factory, haetae_config *config,
                                 uint32_t signals, uint32_t required,
                                 haetae_exporter **ret_exporter);

#endif
