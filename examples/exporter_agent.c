/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter_agent.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PACKET_MAX (1 << 20)

struct agent {
    char directory[32];
    char path[64];
    int listener;
    pthread_t thread;
    bool was_busy;                                  /* the agent's thread only */
    uint8_t *packet;                                /* the agent's thread only */
    _Atomic uint64_t received[HAETAE_SIGNAL_COUNT]; /* written by the agent's thread */
};

static void answer(struct agent *agent, int client, const struct agent_request *request)
{
    struct agent_answer answer = {
        .id = request->id,
        .verdict = HAETAE_VERDICT_OK,
        .retry_after_ms = -1,
    };
    if (!agent->was_busy) {
        agent->was_busy = true;
        answer.verdict = HAETAE_VERDICT_RETRY;
        answer.retry_after_ms = 20;
    } else if (request->signal < HAETAE_SIGNAL_COUNT) {
        agent->received[request->signal] += request->item_count;
    } else {
        answer.verdict = HAETAE_VERDICT_DROP;
    }
    send(client, &answer, sizeof answer, MSG_NOSIGNAL);
}

static void serve(struct agent *agent, int client)
{
    for (;;) {
        ssize_t size = recv(client, agent->packet, PACKET_MAX, 0);
        if (size < (ssize_t)sizeof(struct agent_request)) {
            return;
        }
        struct agent_request request;
        memcpy(&request, agent->packet, sizeof request);
        answer(agent, client, &request);
    }
}

/* One client at a time is enough here. */
static void *run(void *user)
{
    struct agent *agent = user;
    for (;;) {
        int client = accept(agent->listener, NULL, NULL);
        if (client < 0) {
            return NULL; /* agent_stop() has shut the listener down */
        }
        serve(agent, client);
        close(client);
    }
}

static bool listen_on(struct agent *agent)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, agent->path);
    agent->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (agent->listener < 0) {
        return false;
    }
    if (bind(agent->listener, (const struct sockaddr *)&address, sizeof address) == 0 &&
        listen(agent->listener, 4) == 0) {
        return true;
    }
    close(agent->listener);
    return false;
}

struct agent *agent_start(void)
{
    struct agent *agent = calloc(1, sizeof *agent);
    if (agent == NULL) {
        return NULL;
    }
    strcpy(agent->directory, "/tmp/haetae-agent-XXXXXX");
    agent->packet = malloc(PACKET_MAX);
    if (agent->packet == NULL || mkdtemp(agent->directory) == NULL) {
        goto free_agent;
    }
    snprintf(agent->path, sizeof agent->path, "%s/socket", agent->directory);
    if (!listen_on(agent)) {
        goto remove_directory;
    }
    if (pthread_create(&agent->thread, NULL, run, agent) == 0) {
        return agent;
    }
    close(agent->listener);
    unlink(agent->path);
remove_directory:
    rmdir(agent->directory);
free_agent:
    free(agent->packet);
    free(agent);
    return NULL;
}

void agent_stop(struct agent *agent)
{
    if (agent == NULL) {
        return;
    }
    shutdown(agent->listener, SHUT_RDWR);
    pthread_join(agent->thread, NULL);
    close(agent->listener);
    unlink(agent->path);
    rmdir(agent->directory);
    free(agent->packet);
    free(agent);
}

const char *agent_path(const struct agent *agent)
{
    return agent->path;
}

uint64_t agent_received(const struct agent *agent, haetae_signal signal)
{
    return agent->received[signal];
}
