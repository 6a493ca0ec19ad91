/* SPDX-License-Identifier: Apache-2.0 */
/* An exporter as the pipeline sees it. */
#ifndef HAETAE_PIPELINE_EXPORTER_H
#define HAETAE_PIPELINE_EXPORTER_H

#include <stdatomic.h>

#include "base/diagnostics.h"
#include "haetae/exporter.h"

struct hae_spooling;

/* A bit set of 1 << haetae_signal. */
#define HAE_SIGNALS_ALL ((UINT32_C(1) << HAETAE_SIGNAL_COUNT) - 1)

/* Of a label, and of a name with a label, their NUL included. */
enum { HAE_LABEL_BYTES = 64, HAE_EXPORTER_TITLE_BYTES = 2 * HAE_LABEL_BYTES + 2 };

struct haetae_exporter {
    haetae_exporter_ops ops;
    void *self;
    char name[64];
    char component[64];                   /* the type, or the name */
    char label[HAE_LABEL_BYTES];          /* "": none */
    char title[HAE_EXPORTER_TITLE_BYTES]; /* the name, or name/label: for diagnostics and lists */
    char *scopes;                         /* that it gets: see scope_list.h; NULL: all */
    haetae_exporter *backup;              /* that stands in for it, and goes with it; NULL: none */
    bool is_backup;
    bool is_added;                 /* to a configuration, which owns it */
    struct hae_spooling *spooling; /* what a spool works on (spooling.h); NULL: none */
    /* The type of an option struct of the exporter's that had fields which are not known
     * here, a string literal; NULL: there was none. */
    const char *newer_options;
    /* Those of its SDK; NULL before it has one. hae_destination_init() writes it. */
    struct hae_diagnostics *_Atomic diagnostics;
};

/* Keeps all signals but these from an exporter. Returns those of them that it takes; 0: none,
 * and the exporter is as it was. */
uint32_t hae_exporter_restrict(haetae_exporter *exporter, uint32_t signals);

#endif
