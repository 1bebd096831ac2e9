// gatepost queue list|show|cat|export: the messages of a running suite, asked of qmgr over the control
// socket, or of a stopped one, read from the spool itself.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/event/loop.h"
#include "common/ipc/channel.h"
#include "common/spool/envelope_text.h"
#include "common/spool/exim_export.h"
#include "common/spool/reader.h"
#include "master/control/instance.h"
#include "master/control/verb.h"
#include "qmgr/protocol.h"

namespace gp::control {
namespace {

constexpr Duration patience{60'000};
constexpr std::size_t piece_size = 256 * 1024;

// A message with its content, wherever it came from.
struct Shown {
    qmgr::Listed listed;
    mail::Envelope envelope;
    std::string headers, body;
    OwnedFd large;
};

// Where questions about the queue go.
class Queue {
public:
    virtual ~Queue() = default;
    // Calls `with` for each message, in order of id.
    virtual Status each(const std::function<void(const qmgr::Listed&)>& with) = 0;
    virtual Result<Shown> show(const std::string& id, bool content) = 0;
};

class RunningQueue final : public Queue {
public:
    explicit RunningQueue(std::string socket) : socket_(std::move(socket)) {}

    Status each(const std::function<void(const qmgr::Listed&)>& with) override
    {
        return on_channel([&](ipc::Channel& channel) -> Status {
            qmgr::List question;
            for (;;) {
                const auto page = TRY(channel.call(question, event::Deadline::in(patience)));
                for (const auto& message : page.messages)
                    with(message);
                if (!page.more || page.messages.empty())
                    return {};
                question.after = page.messages.back().id;
            }
        });
    }

    Result<Shown> show(const std::string& id, bool content) override
    {
        Shown shown;
        TRY(on_channel([&](ipc::Channel& channel) -> Status {
            auto reply = TRY(channel.call(qmgr::Show{.id = id, .content = content}, event::Deadline::in(patience)));
            shown.listed = std::move(reply.message);
            shown.envelope = std::move(reply.envelope);
            shown.headers = std::move(reply.headers);
            shown.body = std::move(reply.body);
            shown.large = reply.large.take();
            return {};
        }));
        return shown;
    }

private:
    Status on_channel(const std::function<Status(ipc::Channel&)>& work)
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (socket_.size() >= sizeof address.sun_path)
            return misconfigured("the path " + socket_ + " is too long for a socket");
        std::memcpy(address.sun_path, socket_.data(), socket_.size());
        OwnedFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return system_error("connect to " + socket_);
        Status done;
        event::Loop loop;
        TRY(loop.spawn("queue", [&] {
            auto channel = ipc::Channel::open(std::move(socket), "qmgr", nullptr);
            done = work(*channel);
        }));
        loop.run_until_idle();
        return done;
    }

    std::string socket_;
};

class StoppedQueue final : public Queue {
public:
    static Result<std::unique_ptr<Queue>> open(const std::string& directory)
    {
        auto queue = std::make_unique<StoppedQueue>();
        OwnedFd place{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (!place)
            return system_error("open " + directory);
        queue->reader_ = TRY(spool::Reader::open(queue->io_, std::move(place)));
        return std::unique_ptr<Queue>{std::move(queue)};
    }

    Status each(const std::function<void(const qmgr::Listed&)>& with) override
    {
        for (const auto& [id, entry] : reader_->catalog().index.all()) {
            const auto message = TRY(reader_->read(id, spool::want_envelope | spool::want_reason));
            with(listed(message, entry));
        }
        return {};
    }

    Result<Shown> show(const std::string& id, bool content) override
    {
        const auto key = TRY(spool::Key::parse(id));
        const auto* entry = reader_->catalog().index.find(key);
        if (!entry)
            return permanent("there is no message " + escape(id));
        auto message = TRY(reader_->read(key, spool::want_envelope | spool::want_reason |
                                                  (content ? spool::want_headers | spool::want_body : 0u)));
        Shown shown{.listed = listed(message, *entry)};
        shown.envelope = std::move(message.envelope);
        shown.headers = std::move(message.stored.headers);
        shown.body = std::move(message.stored.body);
        if (content && message.stored.large)
            shown.large = TRY(reader_->large_body(key));
        return shown;
    }

private:
    static qmgr::Listed listed(const spool::Reader::Message& message, const spool::Entry& entry)
    {
        qmgr::Listed out;
        out.id = message.envelope.id;
        out.sender = message.envelope.sender;
        out.size = entry.size;
        out.received = message.envelope.received;
        out.next_try = entry.next_try;
        out.frozen = message.envelope.frozen;
        out.reason = message.stored.reason;
        out.queue = message.envelope.queue;
        out.recipients = message.envelope.recipients;
        if (message.envelope.origin.local)
            out.login = message.envelope.origin.login;
        return out;
    }

    spool::Io io_;
    std::unique_ptr<spool::Reader> reader_;
};

Result<std::unique_ptr<Queue>> find_queue(const Invocation& call)
{
    const auto instance = TRY(Instance::find(call));
    if (instance.master())
        return std::unique_ptr<Queue>{std::make_unique<RunningQueue>(instance.run_path("control"))};
    return StoppedQueue::open(instance.path() + "/spool");
}

std::string time_text(std::int64_t seconds)
{
    if (seconds <= 0)
        return "-";
    const std::time_t when = static_cast<std::time_t>(seconds);
    std::tm local{};
    ::localtime_r(&when, &local);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
    return text;
}

std::string json_string(std::string_view text)
{
    std::string out = "\"";
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < ' ' || byte > '~') {
            out += "\\u00" + hex_encode(std::string_view(&c, 1));
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string as_json(const qmgr::Listed& message)
{
    std::string out = "{\"id\":" + json_string(message.id) + ",\"sender\":" + json_string(message.sender) +
                      ",\"size\":" + std::to_string(message.size) +
                      ",\"received\":" + std::to_string(message.received / 1'000'000) +
                      ",\"next_try\":" + std::to_string(message.next_try) +
                      ",\"frozen\":" + (message.frozen ? "true" : "false") +
                      ",\"active\":" + (message.active ? "true" : "false") + ",\"reason\":" + json_string(message.reason) +
                      ",\"recipients\":[";
    for (const auto& recipient : message.recipients)
        out += (out.ends_with('[') ? "" : ",") + ("{\"address\":" + json_string(recipient.address)) +
               ",\"done\":" + (recipient.done ? "true" : "false") + "}";
    return out + "]}";
}

std::string as_text(const qmgr::Listed& message)
{
    std::string out = message.id + "  " + time_text(message.received / 1'000'000) + "  " + std::to_string(message.size) +
                      "  <" + escape(message.sender, true) + ">" + (message.frozen ? "  frozen" : "") +
                      (message.active ? "  active" : "") + "\n";
    for (const auto& recipient : message.recipients)
        out += std::string("    ") + (recipient.done ? "D " : "  ") + escape(recipient.address, true) + "\n";
    if (!message.reason.empty())
        out += "      " + escape(message.reason, true) + " (next try " + time_text(message.next_try) + ")\n";
    return out;
}

void put(std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
}

int list(Queue& queue, const Invocation& call)
{
    bool first = true;
    if (call.json)
        put("[");
    const auto done = queue.each([&](const qmgr::Listed& message) {
        if (call.json)
            put((first ? "\n" : ",\n") + as_json(message));
        else
            put(as_text(message));
        first = false;
    });
    if (call.json)
        put("\n]\n");
    return done ? EX_OK : fail(EX_TEMPFAIL, done.error().text);
}

int show(Queue& queue, const Invocation& call, const std::string& id)
{
    const auto shown = queue.show(id, false);
    if (!shown)
        return fail(EX_DATAERR, shown.error().text);
    put(call.json ? as_json(shown->listed) + "\n" : as_text(shown->listed) + "\n" + spool::envelope_to_text(shown->envelope));
    return EX_OK;
}

// The message as it is on the spool: CRLF lines.
int cat(Queue& queue, const std::string& id)
{
    const auto shown = queue.show(id, true);
    if (!shown)
        return fail(EX_DATAERR, shown.error().text);
    put(shown->headers);
    put("\r\n");
    put(shown->body);
    std::string piece(piece_size, '\0');
    for (off_t at = 0; shown->large;) {
        const auto got = ::pread(shown->large.get(), piece.data(), piece.size(), at);
        if (got <= 0)
            break;
        put(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
        at += got;
    }
    return EX_OK;
}

Status write_file(const std::string& path, std::string_view octets)
{
    OwnedFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!file)
        return system_error("create " + path);
    while (!octets.empty()) {
        const auto written = ::write(file.get(), octets.data(), octets.size());
        if (written < 0)
            return system_error("write " + path);
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

std::string whole_body(const Shown& shown)
{
    std::string body = shown.body;
    std::string piece(piece_size, '\0');
    for (off_t at = 0; shown.large;) {
        const auto got = ::pread(shown.large.get(), piece.data(), piece.size(), at);
        if (got <= 0)
            break;
        body.append(piece, 0, static_cast<std::size_t>(got));
        at += got;
    }
    return body;
}

// ID.eml and ID.envelope, or with --exim ID-H and ID-D as Exim keeps them.
Status export_one(Queue& queue, const std::string& id, const std::string& directory, bool exim)
{
    const auto shown = TRY(queue.show(id, true));
    const auto body = whole_body(shown);
    const auto base = directory + "/" + id;
    if (exim) {
        TRY(write_file(base + "-H", spool::exim_header_file(shown.envelope, shown.headers)));
        return write_file(base + "-D", id + "-D\n" + replace_all(body, "\r\n", "\n"));
    }
    TRY(write_file(base + ".eml", shown.headers + "\r\n" + body));
    return write_file(base + ".envelope", spool::envelope_to_text(shown.envelope));
}

int export_messages(Queue& queue, const Invocation& call)
{
    std::vector<std::string> words{call.arguments.begin() + 1, call.arguments.end()};
    const bool exim = std::erase(words, "--exim") > 0;
    if (words.empty())
        return fail(EX_USAGE, "queue export DIRECTORY [--exim] [ID...]: a directory is missing");
    const std::string directory = words.front();
    words.erase(words.begin());
    if (words.empty())
        if (auto listed = queue.each([&](const qmgr::Listed& message) { words.push_back(message.id); }); !listed)
            return fail(EX_TEMPFAIL, listed.error().text);
    for (const auto& id : words)
        if (auto done = export_one(queue, id, directory, exim); !done)
            return fail(EX_DATAERR, id + ": " + done.error().text);
    return EX_OK;
}

int run(const Invocation& call)
{
    const std::string what = call.arguments.empty() ? "list" : call.arguments[0];
    auto queue = find_queue(call);
    if (!queue)
        return fail(EX_UNAVAILABLE, queue.error().text);
    if (what == "list")
        return list(**queue, call);
    if (what == "export")
        return export_messages(**queue, call);
    if (what != "show" && what != "cat")
        return fail(EX_USAGE, "queue " + escape(what) + ": not one of list, show, cat, export");
    if (call.arguments.size() != 2)
        return fail(EX_USAGE, "queue " + what + " wants one message id");
    return what == "show" ? show(**queue, call, call.arguments[1]) : cat(**queue, call.arguments[1]);
}

const RegisterVerb self{{
    .name = "queue",
    .usage = "queue list|show ID|cat ID|export DIRECTORY [--exim] [ID...] [--json]",
    .text = "The messages that wait, of a running or a stopped suite.",
    .run = run,
}};

}
}
