// autoreply: answers a message (manual chapter 27). Router has said what is in the answer; here it is decided whether
// the correspondent had one before, and the answer is written down with the recipient's rights.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "common/base/octets.h"
#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/mail/header_list.h"
#include "common/mail/references.h"
#include "delivery/local/copy.h"
#include "delivery/local/once_file.h"
#include "delivery/local/transport.h"

namespace gp::local {
namespace {

constexpr std::size_t largest_file = 1024 * 1024;
constexpr std::size_t largest_copy = 4 * 1024 * 1024; // of the message that is returned: one frame carries all

struct HeaderRow {
    std::string_view option, name;
};
constexpr HeaderRow header_rows[] = {
    {"from", "From"}, {"reply_to", "Reply-To"}, {"to", "To"}, {"cc", "Cc"}, {"bcc", "Bcc"}, {"subject", "Subject"},
};

std::string crlf(std::string text)
{
    return replace_all(replace_all(std::move(text), "\r\n", "\n"), "\n", "\r\n");
}

std::string path_of(const Job& job, std::string_view option)
{
    auto path = job.options.text(option);
    if (!path.empty() && !path.starts_with('/') && !job.instruction().home.empty())
        path.insert(0, job.instruction().home + "/");
    return path;
}

std::string reply_headers(const Job& job)
{
    std::string out;
    for (const auto& row : header_rows)
        if (const auto text = job.options.text(row.option); !text.empty())
            out += std::string(row.name) + ": " + text + "\n";
    if (const auto original = mail::HeaderList::parse(job.message.headers)) {
        const auto* id = original->headers.find("message-id");
        const std::string own(id ? std::string(trim(id->value())) : std::string{});
        if (!own.empty())
            out += "In-Reply-To: " + own + "\n";
        if (const auto ids = mail::references_to(original->headers, own); !ids.empty())
            out += "References: " + ids + "\n";
    }
    out += "Auto-Submitted: auto-replied\n"; // RFC 3834 section 5
    if (auto more = job.options.text("headers"); !more.empty())
        out += more + (more.ends_with('\n') ? "" : "\n");
    return out;
}

Result<std::string> file_text(const Job& job)
{
    const auto path = path_of(job, "file");
    if (path.empty())
        return std::string{};
    const bool optional = TRY(job.options.flag("file_optional", false));
    const OwnedFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!file && optional)
        return std::string{};
    if (!file)
        return system_error("Failed to open file " + path + " when sending message from " + job.instruction().transport +
                            " transport");
    std::string text(largest_file, '\0');
    const auto have = read_at(file.get(), text.data(), text.size(), 0);
    if (!have)
        return temporary(path + ": " + have.error().text);
    text.resize(*have);
    return text;
}

// return_message: as body_only and headers_only say, and no more than return_size_limit. Of a message with REQUIRETLS the
// headers alone: like a report, the reply goes on where that is not known (RFC 8689 section 5).
Result<std::string> returned(const Job& job)
{
    if (!TRY(job.options.flag("return_message", false)))
        return std::string{};
    auto rules = TRY(copy_rules(job));
    rules.prefix.clear();
    rules.suffix.clear();
    if (job.request.tls_wish == mail::TlsWish::required) {
        rules.headers_only = true;
        rules.body_only = false;
    }
    const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(0, TRY(job.options.size("return_size_limit", 0))));
    const auto most = limit ? std::min(limit, largest_copy) : largest_copy;
    std::string out = "\n------ ";
    if (rules.body_only)
        out += "This is a copy of the body of the message, without the headers.";
    else if (rules.headers_only)
        out += "This is a copy of the message's header lines.";
    else if (job.message.body_size > most)
        out += "The body of the message is " + std::to_string(job.message.body_size) +
               " characters long; only the first\n------ " + std::to_string(most) + " or so are included here.";
    else
        out += "This is a copy of the message, including all the headers.";
    out += "\n\n";
    std::size_t have = 0;
    const auto room = most + (rules.body_only ? 0 : copy_headers(job).size());
    TRY(write_copy(job, rules, [&](std::string_view octets) -> Status {
        const auto piece = octets.substr(0, room - std::min(room, have));
        have += piece.size();
        out += piece;
        return {};
    }));
    return out;
}

Result<std::string> compose(const Job& job)
{
    std::string out = reply_headers(job) + "\n";
    if (const auto text = job.options.text("text"); !text.empty())
        out += text + (text.ends_with('\n') ? "" : "\n");
    out += TRY(file_text(job));
    out += TRY(returned(job));
    return crlf(std::move(out));
}

// The reply is sent: whatever goes wrong with the log does not undo that.
void write_log(const Job& job, std::uint32_t mode)
{
    const auto path = path_of(job, "log");
    if (path.empty())
        return;
    const OwnedFd file{::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode)};
    if (!file)
        return;
    const auto& o = job.options;
    const auto now = std::time(nullptr);
    const std::time_t here = now + mail::zone_offset(now) * 60;
    std::tm parts{};
    ::gmtime_r(&here, &parts);
    char stamp[32]; // as in the main log
    std::string line(stamp, std::strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S\n", &parts));
    for (const auto& row : header_rows)
        if (const auto text = o.text(row.option); !text.empty())
            line += "  " + std::string(row.name) + ": " + text + "\n";
    static_cast<void>(write_all(file.get(), line, "the log"));
}

Result<delivery::Outcome> run(const Job& job)
{
    if (TRY(job.options.flag("nobody", false)))
        return delivered();
    const auto mode = TRY(job.options.mode("mode", 0600));
    const auto repeat = std::chrono::duration_cast<std::chrono::seconds>(TRY(job.options.time("once_repeat", Duration{0})));
    std::unique_ptr<OnceFile> memory;
    if (const auto path = path_of(job, "once"); !path.empty()) {
        // A Sieve script names no file: sieve_vacation_directory is made, as Exim makes it. What fails shows when the
        // file is opened.
        if (job.instruction().kind == "reply")
            ::mkdir(path.substr(0, path.rfind('/')).c_str(), 0700);
        const auto size = TRY(job.options.size("once_file_size", 0));
        memory = TRY(OnceFile::open(path, mode, static_cast<std::size_t>(std::max<std::int64_t>(0, size)), job.instruction().transport));
    }
    const auto to = job.options.text("to");
    const auto now = std::time(nullptr);
    if (memory) {
        const auto last = memory->last(to);
        if (last && (repeat.count() <= 0 || now - *last < repeat.count()))
            return delivered();
    }
    TRY(submit(job, TRY(compose(job))));
    write_log(job, mode);
    if (!memory)
        return delivered();
    // The reply is on its way: another attempt would only send it again.
    const auto remembered = memory->remember(to, now);
    return remembered ? delivered() : delivered("the once file was not written: " + escape(remembered.error().text));
}

const RegisterTransport self{{
    .name = "autoreply",
    .places = [](const Job&) -> Result<std::vector<std::string>> { return std::vector<std::string>{}; },
    .deliver =
        [](const Job& job) {
            auto outcome = run(job);
            return report(job, outcome ? std::move(outcome).take() : outcome_of(outcome.error()));
        },
    .doc = "Answers the message.",
}};

}
}
