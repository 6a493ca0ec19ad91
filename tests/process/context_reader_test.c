/* SPDX-License-Identifier: Apache-2.0 */
/* A profiler that knows the specification only (OTEP 4719 and 4947), and reads another process: its
 * resource by the name of a mapping, and the span of a thread by a dynamic symbol of a library. */
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "otlp.pb-c.h"
#include "support/core_cmocka.h"

/* ---- The other process -------------------------------------------------------------------- */

struct profiled {
    pid_t started; /* the process that was started            */
    pid_t pid;     /* the one that answers: perhaps its child */
    FILE *to;
    FILE *from;
    char span[64]; /* of its thread, as a traceparent; "none" */
};

static int set_up(void **state)
{
    struct profiled *profiled = calloc(1, sizeof *profiled);
    int to[2];
    int from[2];

    assert_non_null(profiled);
    assert_int_equal(pipe2(to, O_CLOEXEC), 0);
    assert_int_equal(pipe2(from, O_CLOEXEC), 0);
    profiled->started = fork();
    assert_int_not_equal(profiled->started, -1);
    if (profiled->started == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        execl(HAETAE_TEST_PROFILED, HAETAE_TEST_PROFILED, (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    profiled->pid = profiled->started;
    profiled->to = fdopen(to[1], "w");
    profiled->from = fdopen(from[0], "r");
    *state = profiled;
    return 0;
}

static int tear_down(void **state)
{
    struct profiled *profiled = *state;
    int status;

    fclose(profiled->to);
    assert_int_equal(waitpid(profiled->started, &status, 0), profiled->started);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    fclose(profiled->from);
    free(profiled);
    return 0;
}

static void tell(struct profiled *profiled, char letter)
{
    fputc(letter, profiled->to);
    fflush(profiled->to);
    assert_int_equal(fscanf(profiled->from, "%d %63s", &profiled->pid, profiled->span), 2);
}

static void read_memory(pid_t pid, uint64_t address, void *to, size_t size)
{
    struct iovec local = {to, size};
    struct iovec remote = {(void *)(uintptr_t)address, size};

    assert_int_equal(process_vm_readv(pid, &local, 1, &remote, 1, 0), (ssize_t)size);
}

/* The first mapping whose line has one of the names; *ret_start 0: there is none. Returns how many
 * there are. */
static int find_mapping(pid_t pid, const char *const *names, uint64_t *ret_start, char path[4096])
{
    char file[64];
    char line[4400];
    FILE *maps;
    int count = 0;

    *ret_start = 0;
    snprintf(file, sizeof file, "/proc/%d/maps", pid);
    maps = fopen(file, "re");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        for (const char *const *name = names; *name != NULL; name++) {
            const char *at = strstr(line, *name);

            if (at != NULL) {
                unsigned long start = 0;

                assert_int_equal(sscanf(line, "%lx-%*x %*s %*s %*s %*s %4095s", &start, path), 2);
                *ret_start = count++ == 0 ? start : *ret_start;
                break;
            }
        }
    }
    fclose(maps);
    return count;
}

/* ---- The process's context ---------------------------------------------------------------- */

static const char *const context_names[] = {"[anon_shmem:OTEL_CTX]", "[anon:OTEL_CTX]",
                                            "/memfd:OTEL_CTX", NULL};

struct context {
    HaeOtlp__Resource *resource;
    HaeOtlp__KeyValue *attributes[4];
    size_t attribute_count;
};

/* The payload has two fields of messages, each below 16. */
static void read_payload(const uint8_t *at, const uint8_t *end, struct context *context)
{
    while (at < end) {
        uint8_t tag = *at++;
        size_t size = 0;

        for (int shift = 0;; shift += 7) {
            uint8_t byte = *at++;

            size |= (size_t)(byte & 0x7f) << shift;
            if (byte < 0x80) {
                break;
            }
        }
        assert_true((size_t)(end - at) >= size);
        if (tag == (1 << 3 | 2)) {
            context->resource = hae_otlp__resource__unpack(NULL, size, at);
        } else {
            assert_int_equal(tag, 2 << 3 | 2);
            context->attributes[context->attribute_count++] =
                hae_otlp__key_value__unpack(NULL, size, at);
        }
        at += size;
    }
}

static uint64_t find_context(pid_t pid, int expected_count)
{
    char path[4096];
    uint64_t start;

    assert_int_equal(find_mapping(pid, context_names, &start, path), expected_count);
    return start;
}

static struct context read_context(pid_t pid)
{
    struct {
        char signature[8];
        uint32_t version;
        uint32_t size;
        uint64_t published_at_ns;
        uint64_t payload;
    } header;
    struct context context = {.resource = NULL};
    uint64_t start = find_context(pid, 1);
    uint8_t *payload;

    read_memory(pid, start, &header, sizeof header);
    assert_memory_equal(header.signature, "OTEL_CTX", 8);
    assert_int_equal(header.version, 2);
    assert_int_not_equal(header.published_at_ns, 0);
    assert_true(header.size > 0 && header.size < 65536);
    payload = malloc(header.size);
    assert_non_null(payload);
    read_memory(pid, header.payload, payload, header.size);
    read_payload(payload, payload + header.size, &context);
    free(payload);
    assert_non_null(context.resource);
    return context;
}

static void forget(struct context *context)
{
    hae_otlp__resource__free_unpacked(context->resource, NULL);
    for (size_t i = 0; i < context->attribute_count; i++) {
        hae_otlp__key_value__free_unpacked(context->attributes[i], NULL);
    }
}

static const HaeOtlp__AnyValue *find(HaeOtlp__KeyValue *const *list, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i]->key, key) == 0) {
            return list[i]->value;
        }
    }
    return NULL;
}

static int64_t pid_in(const struct context *context)
{
    const HaeOtlp__AnyValue *value =
        find(context->resource->attributes, context->resource->n_attributes, "process.pid");

    return value != NULL ? value->int_value : -1;
}

static void check_context(pid_t pid, char instance_id[64])
{
    struct context context = read_context(pid);
    const HaeOtlp__AnyValue *value;

    value = find(context.resource->attributes, context.resource->n_attributes, "service.name");
    assert_non_null(value);
    assert_string_equal(value->string_value, "profiled");
    value =
        find(context.resource->attributes, context.resource->n_attributes, "service.instance.id");
    assert_non_null(value);
    snprintf(instance_id, 64, "%s", value->string_value);
    assert_int_equal(pid_in(&context), pid);
    value = find(context.attributes, context.attribute_count, "threadlocal.schema_version");
    assert_non_null(value);
    assert_string_equal(value->string_value, "tls_v1");
    value = find(context.attributes, context.attribute_count, "threadlocal.attribute_key_map");
    assert_non_null(value);
    assert_int_equal(value->value_case, HAE_OTLP__ANY_VALUE__VALUE_ARRAY_VALUE);
    assert_int_equal(value->array_value->n_values, 0);
    forget(&context);
}

static void the_resource_is_found_by_the_name_of_a_mapping(void **state)
{
    struct profiled *profiled = *state;
    char instance[64];
    char again[64];

    tell(profiled, 'a');
    check_context(profiled->pid, instance);
    tell(profiled, 's');
    check_context(profiled->pid, again); /* still the first SDK's */
    assert_string_equal(instance, again);
    tell(profiled, 'd');
    tell(profiled, 'e');
    assert_int_equal(find_context(profiled->pid, 0), 0);
}

static void a_forked_child_publishes_its_own(void **state)
{
    struct profiled *profiled = *state;
    char of_parent[64];
    char of_child[64];

    tell(profiled, 'a');
    check_context(profiled->pid, of_parent);
    tell(profiled, 'd');
    tell(profiled, 'f');
    assert_int_not_equal(profiled->pid, profiled->started);
    assert_int_equal(find_context(profiled->pid, 0), 0);
    tell(profiled, 'a'); /* its first record */
    check_context(profiled->pid, of_child);
    assert_string_not_equal(of_parent, of_child);
    check_context(profiled->started, of_child);
    assert_string_equal(of_parent, of_child);
    tell(profiled, 'd');
}

/* ---- A thread's context ------------------------------------------------------------------- */

#if defined(__x86_64__)

/* A library on disk. */
struct library {
    uint8_t *bytes;
    size_t size;
};

static struct library open_library(const char *path)
{
    struct library library;
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(descriptor >= 0);
    assert_int_equal(fstat(descriptor, &status), 0);
    library.size = (size_t)status.st_size;
    library.bytes = mmap(NULL, library.size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    assert_ptr_not_equal(library.bytes, MAP_FAILED);
    close(descriptor);
    return library;
}

static const Elf64_Shdr *section_of(const struct library *library, int index)
{
    const Elf64_Ehdr *header = (const void *)library->bytes;
    const Elf64_Shdr *sections = (const void *)(library->bytes + header->e_shoff);

    return index < header->e_shnum ? &sections[index] : NULL;
}

/* The number of the symbol among the dynamic ones. */
static uint32_t find_symbol(const struct library *library)
{
    const Elf64_Shdr *section;

    for (int i = 0; (section = section_of(library, i)) != NULL; i++) {
        const Elf64_Sym *symbols = (const void *)(library->bytes + section->sh_offset);
        const char *names;

        if (section->sh_type != SHT_DYNSYM) {
            continue;
        }
        names =
            (const char *)library->bytes + section_of(library, (int)section->sh_link)->sh_offset;
        for (uint32_t j = 0; j < section->sh_size / sizeof *symbols; j++) {
            if (strcmp(names + symbols[j].st_name, "otel_thread_ctx_v1") == 0) {
                assert_int_equal(ELF64_ST_TYPE(symbols[j].st_info), STT_TLS);
                return j;
            }
        }
    }
    fail_msg("no dynamic symbol otel_thread_ctx_v1");
    return 0;
}

/* The place in the library's memory that says where the variable is, and how. */
static uint64_t find_relocation(const struct library *library, uint32_t symbol, uint32_t *ret_type)
{
    const Elf64_Shdr *section;

    for (int i = 0; (section = section_of(library, i)) != NULL; i++) {
        const Elf64_Rela *entries = (const void *)(library->bytes + section->sh_offset);

        if (section->sh_type != SHT_RELA) {
            continue;
        }
        for (size_t j = 0; j < section->sh_size / sizeof *entries; j++) {
            uint32_t type = (uint32_t)ELF64_R_TYPE(entries[j].r_info);

            if (ELF64_R_SYM(entries[j].r_info) == symbol &&
                (type == R_X86_64_TLSDESC || type == R_X86_64_DTPMOD64)) {
                *ret_type = type;
                return entries[j].r_offset;
            }
        }
    }
    fail_msg("no relocation of otel_thread_ctx_v1");
    return 0;
}

/* Where a stopped thread has the variable. */
static uint64_t variable_of(pid_t thread, uint64_t thread_pointer)
{
    static const char *const names[] = {"/libhaetae.so", NULL};
    char path[4096];
    uint64_t base;
    uint64_t words[2]; /* of the relocated place */
    struct library library;
    uint32_t type = 0;
    uint64_t place;

    assert_true(find_mapping(thread, names, &base, path) > 0);
    /* The path of the first line may differ from the last one's only in its mapping. */
    library = open_library(path);
    place = find_relocation(&library, find_symbol(&library), &type);
    munmap(library.bytes, library.size);
    read_memory(thread, base + place, words, sizeof words);
    if (type == R_X86_64_TLSDESC) {
        return thread_pointer + words[1]; /* the library was there at the start: a static offset */
    } else {
        uint64_t vector;
        uint64_t block;

        read_memory(thread, thread_pointer + 8, &vector, sizeof vector);
        read_memory(thread, vector + 16 * words[0], &block, sizeof block);
        return block + words[1];
    }
}

/* Reads the record of a stopped thread as a traceparent; "none": it has none. */
static void read_thread(pid_t thread, char text[64])
{
    struct user_regs_struct registers;
    uint8_t record[28];
    uint64_t pointer;
    size_t at;

    assert_int_equal(ptrace(PTRACE_GETREGS, thread, NULL, &registers), 0);
    read_memory(thread, variable_of(thread, registers.fs_base), &pointer, sizeof pointer);
    memset(record, 0, sizeof record);
    if (pointer != 0) {
        read_memory(thread, pointer, record, sizeof record);
    }
    if (record[24] != 1) {
        strcpy(text, "none");
        return;
    }
    assert_int_equal(record[26] + record[27], 0); /* no attributes */
    at = (size_t)snprintf(text, 64, "00-");
    for (int i = 0; i < 24; i++) {
        at += (size_t)snprintf(text + at, 64 - at, i == 16 ? "-%02x" : "%02x", record[i]);
    }
    snprintf(text + at, 64 - at, "-%02x", record[25]);
}

static void check_thread(struct profiled *profiled)
{
    char text[64];
    int status;

    if (ptrace(PTRACE_ATTACH, profiled->pid, NULL, NULL) != 0) {
        print_message("this process may not look at its children\n");
        skip();
    }
    assert_int_equal(waitpid(profiled->pid, &status, __WALL), profiled->pid);
    read_thread(profiled->pid, text);
    assert_int_equal(ptrace(PTRACE_DETACH, profiled->pid, NULL, NULL), 0);
    assert_string_equal(text, profiled->span);
}

static void the_span_of_a_thread_is_found_by_a_symbol(void **state)
{
    struct profiled *profiled = *state;

    for (int round = 0; round < 3; round++) {
        tell(profiled, 'a');
        assert_string_not_equal(profiled->span, "none");
        check_thread(profiled);
        tell(profiled, 'd');
        assert_string_equal(profiled->span, "none");
        check_thread(profiled);
    }
}

#endif

#define READER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READER_TEST(the_resource_is_found_by_the_name_of_a_mapping),
        READER_TEST(a_forked_child_publishes_its_own),
#if defined(__x86_64__)
        READER_TEST(the_span_of_a_thread_is_found_by_a_symbol),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
