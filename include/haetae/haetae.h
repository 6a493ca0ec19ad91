/* SPDX-License-Identifier: Apache-2.0 */
/* haetae: metrics, logs and traces from inside a process, shipped over OTLP.
 * This header includes all of the core; each exporter has a header of its own. */
#ifndef HAETAE_HAETAE_H
#define HAETAE_HAETAE_H

#include "baggage.h"
#include "config.h"
#include "context.h"
#include "exemplar.h"
#include "exporter.h"
#include "keys.h"
#include "library.h"
#include "logs.h"
#include "metrics.h"
#include "processor.h"
#include "producer.h"
#include "propagation.h"
#include "reader.h"
#include "recover.h"
#include "redaction.h"
#include "request_headers.h"
#include "resource.h"
#include "sampler.h"
#include "scope.h"
#include "sdk.h"
#include "signal.h"
#include "stats.h"
#include "status.h"
#include "trace.h"
#include "types.h"
#include "version.h"
#include "view.h"

#endif
