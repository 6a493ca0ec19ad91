/* SPDX-License-Identifier: Apache-2.0 */
/* Usage: exponential MAX_SIZE MAX_SCALE < VALUES > REQUESTS
 * Records batches of values into one exponential histogram, a series for each batch: of the
 * attribute "batch", from 0 on. VALUES is, for each, how many there are (32 bits) and the doubles;
 * REQUESTS is, for each piece of a collection, its size in bytes (32 bits) and the piece. Numbers
 * are as the processor has them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "haetae/haetae.h"

static bool record_batch(haetae_histogram *histogram, int64_t batch, uint32_t count)
{
    haetae_attribute attribute = HAETAE_ATTR("batch", batch);

    for (uint32_t i = 0; i < count; i++) {
        double value;

        if (fread(&value, sizeof value, 1, stdin) != 1) {
            return false;
        }
        haetae_histogram_record_double(histogram, value, &attribute, 1);
    }
    return true;
}

static bool record_all(haetae_sdk *sdk)
{
    haetae_histogram *histogram =
        haetae_histogram_named(haetae_meter_named(sdk, "exponential"), "values", NULL);
    int64_t batch = 0;
    uint32_t count;

    while (fread(&count, sizeof count, 1, stdin) == 1) {
        if (!record_batch(histogram, batch++, count)) {
            return false;
        }
    }
    return histogram != NULL && batch != 0 && !ferror(stdin);
}

static bool write_piece(void *user, const uint8_t *request, size_t size_bytes)
{
    uint32_t size = (uint32_t)size_bytes;

    (void)user;
    return fwrite(&size, sizeof size, 1, stdout) == 1 &&
           fwrite(request, 1, size_bytes, stdout) == size_bytes;
}

static haetae_status start(uint32_t max_size, int32_t max_scale, haetae_metric_reader **ret_reader,
                           haetae_sdk **ret_sdk)
{
    haetae_view_options view = HAETAE_OPTIONS(
        haetae_view_options, .instrument_name = haetae_string_of("values"),
        .aggregation = HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM, .max_size = max_size,
        .max_scale = max_scale, .max_scale_given = 1, .cardinality_limit = 100000);
    haetae_metric_reader_options options = HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 1);
    haetae_config *config = NULL;
    haetae_status status = haetae_config_new(&config);

    if (status == HAETAE_OK) {
        status = haetae_config_set(config, "HAETAE_RECORDER_BYTES", "268435456");
    }
    if (status == HAETAE_OK) {
        status = haetae_config_add_view(config, &view);
    }
    if (status == HAETAE_OK) {
        status = haetae_metric_reader_new(&options, ret_reader);
    }
    if (status == HAETAE_OK) {
        status = haetae_config_add_metric_reader(config, *ret_reader, NULL);
    }
    if (status == HAETAE_OK) {
        status = haetae_sdk_start(config, ret_sdk);
    }
    if (status != HAETAE_OK) {
        fprintf(stderr, "%s: %s\n", haetae_status_name(status), haetae_config_error(config));
    }
    haetae_config_free(config);
    return status;
}

int main(int argc, char **argv)
{
    haetae_metric_reader *reader = NULL;
    haetae_sdk *sdk = NULL;
    bool done;

    if (argc != 3) {
        fprintf(stderr, "Usage: exponential MAX_SIZE MAX_SCALE < VALUES > REQUESTS\n");
        return 2;
    }
    if (start((uint32_t)strtoul(argv[1], NULL, 10), (int32_t)strtol(argv[2], NULL, 10), &reader,
              &sdk) != HAETAE_OK) {
        return 1;
    }
    done = record_all(sdk) &&
           haetae_metric_reader_collect(reader, 60000, write_piece, NULL) == HAETAE_OK &&
           fflush(stdout) == 0;
    haetae_sdk_free(sdk);
    haetae_metric_reader_free(reader);
    return done ? 0 : 1;
}
