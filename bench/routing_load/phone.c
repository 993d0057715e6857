/* What callers and agents have in common: sockets, SIP text, samples. */
#include "people.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

nanoseconds clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (nanoseconds)now.tv_sec * SECOND + now.tv_nsec;
}

void samples_add(samples_t *samples, double value) {
    if (samples->length == samples->room) {
        samples->room = samples->room ? samples->room * 2 : 1024;
        samples->values = realloc(samples->values, samples->room * sizeof *samples->values);
        if (!samples->values) abort();
    }
    samples->values[samples->length++] = value;
}

static int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double at_share(const samples_t *samples, double share) {
    return samples->values[(size_t)(share * (double)(samples->length - 1) + 0.5)];
}

void samples_print(const char *name, samples_t *samples) {
    if (!samples->length) {
        printf("\"%s\": null, ", name);
        return;
    }
    double sum = 0;
    for (size_t place = 0; place < samples->length; place++) sum += samples->values[place];
    qsort(samples->values, samples->length, sizeof *samples->values, by_value);
    printf("\"%s\": {\"n\": %zu, \"mean\": %.2f, \"p50\": %.2f, \"p90\": %.2f, \"p99\": %.2f, \"max\": %.2f}, ", name,
           samples->length, sum / (double)samples->length, at_share(samples, 0.5), at_share(samples, 0.9),
           at_share(samples, 0.99), at_share(samples, 1));
}

static int bound(const char *host, uint16_t port) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), octets = 8 << 20, on = 1;
    inet_pton(AF_INET, host, &here.sin_addr);
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here)) return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &octets, sizeof octets);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    return fd;
}

bool side_open(side_t *side, const struct sockaddr_in *target) {
    side->switch_ = *target;
    side->fd = bound(side->host, side->port);
    return side->fd >= 0;
}

bool side_read(const side_t *side, char *message, size_t room, nanoseconds *at) {
    char control[64];
    struct iovec piece = {message, room - 1};
    struct msghdr all = {
        .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(side->fd, &all, 0);
    if (length < 0) return false;
    message[length] = 0;
    *at = clock_now();
    for (struct cmsghdr *each = CMSG_FIRSTHDR(&all); each; each = CMSG_NXTHDR(&all, each)) {
        struct timespec stamp;
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_TIMESTAMPNS) continue;
        memcpy(&stamp, CMSG_DATA(each), sizeof stamp);
        *at = (nanoseconds)stamp.tv_sec * SECOND + stamp.tv_nsec;
    }
    return true;
}

void side_send(const side_t *side, const char *message) {
    sendto(side->fd, message, strlen(message), 0, (const struct sockaddr *)&side->switch_, sizeof side->switch_);
}

void header(const char *message, const char *name, char *value, size_t room) {
    size_t length = strlen(name);
    *value = 0;
    for (const char *line = strstr(message, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) || line[2 + length] != ':') continue;
        const char *start = line + 3 + length;
        start += strspn(start, " ");
        size_t size = strcspn(start, "\r");
        if (size >= room) size = room - 1;
        memcpy(value, start, size);
        value[size] = 0;
        return;
    }
}

void user_of(const char *value, char *user, size_t room) {
    const char *start = strstr(value, "sip:");
    size_t size = start ? strcspn(start + 4, "@;>") : 0;
    if (size >= room) size = room - 1;
    if (size) memcpy(user, start + 4, size);
    user[size] = 0;
}

void uri_of(const char *value, char *uri, size_t room) {
    const char *start = strchr(value, '<');
    start = start ? start + 1 : value;
    snprintf(uri, room, "%.*s", (int)strcspn(start, ">"), start);
}

int describe(const side_t *side, char *body, size_t room) {
    return snprintf(body, room,
                    "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP 8 0 101\r\n"
                    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n",
                    side->host, side->host, side->audio);
}

void respond(const side_t *side, const char *request, const char *status, const char *tag, const char *number, bool sdp,
             char *sent, size_t room) {
    char via[NAME], from[NAME], to[NAME], call[NAME], sequence[NAME], body[NAME * 2] = "";
    header(request, "Via", via, sizeof via);
    header(request, "From", from, sizeof from);
    header(request, "To", to, sizeof to);
    header(request, "Call-ID", call, sizeof call);
    header(request, "CSeq", sequence, sizeof sequence);
    int length = sdp ? describe(side, body, sizeof body) : 0;
    bool tagged = strstr(to, ";tag=") != NULL;
    snprintf(sent, room,
             "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
             "Contact: <sip:%s@%s:%d>\r\n%sContent-Length: %d\r\n\r\n%s",
             status, via, from, to, tagged ? "" : ";tag=", tagged ? "" : tag, call, sequence, number, side->host,
             side->port, sdp ? "Content-Type: application/sdp\r\n" : "", length, body);
    side_send(side, sent);
}
