#include "delivery/local/copy.h"

#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <utility>

#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/mail/header_list.h"

namespace gp::local {
namespace {

constexpr std::size_t piece_size = 64 * 1024;

// Lines of the wire to lines of the copy, piece by piece.
class LineWriter {
public:
    LineWriter(const CopyRules& rules, const Sink& sink) : rules_(rules), sink_(sink) {}

    Status write(std::string_view octets)
    {
        if (begun_.empty())
            return write_lines(octets, false);
        const auto together = std::exchange(begun_, {}).append(octets);
        return write_lines(together, false);
    }

    void escape(bool on) { escapes_ = on; }

    Status finish()
    {
        TRY(write_lines(std::exchange(begun_, {}), true));
        TRY(release_cr());
        if (!at_start_ && (rules_.dots || rules_.bsmtp)) // the dot stands in a line of its own
            TRY(put(rules_.crlf ? "\r\n" : "\n"));
        return flush();
    }

private:
    Status write_lines(std::string_view octets, bool is_end)
    {
        while (!octets.empty()) {
            const auto end = octets.find('\n');
            auto line = octets.substr(0, end);
            if (end == std::string_view::npos && !is_end && is_undecided(line)) {
                begun_ = line;
                return {};
            }
            if (end == std::string_view::npos)
                hold_cr(line);
            else if (line.ends_with('\r'))
                line.remove_suffix(1);
            else if (line.empty())
                held_cr_ = false; // the CR of this line end came with the last piece
            if (at_start_)
                TRY(start_line(line, end != std::string_view::npos));
            if (end == std::string_view::npos)
                return put(line);
            TRY(release_cr());
            TRY(put(line));
            TRY(put(rules_.crlf ? "\r\n" : "\n"));
            octets.remove_prefix(end + 1);
            at_start_ = true;
        }
        return {};
    }

    // A piece ends in what the next one may make the check_string.
    [[nodiscard]] bool is_undecided(std::string_view line) const
    {
        const std::string_view check = rules_.check_string;
        if (!at_start_ || !escapes_ || line.size() > check.size())
            return false;
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        return check.starts_with(line) && line.size() < check.size();
    }

    // What stands at the beginning of a line is replaced; a check_string with a line end in it means a whole line.
    Status start_line(std::string_view& line, bool is_whole)
    {
        at_start_ = false;
        std::string_view check = rules_.check_string, escape = rules_.escape_string;
        if (rules_.dots && line.starts_with('.'))
            return put(".");
        const bool wants_end = check.ends_with('\n');
        if (wants_end) {
            check.remove_suffix(1);
            escape.remove_suffix(escape.ends_with('\n') ? 1 : 0);
        }
        if (!escapes_ || rules_.check_string.empty() || (wants_end ? !is_whole || line != check : !line.starts_with(check)))
            return {};
        line.remove_prefix(check.size());
        return put(escape);
    }
    // A piece may end between CR and LF.
    void hold_cr(std::string_view& line)
    {
        if (!line.ends_with('\r'))
            return;
        line.remove_suffix(1);
        held_cr_ = true;
    }
    Status release_cr()
    {
        if (!held_cr_)
            return {};
        held_cr_ = false;
        return put("\r");
    }
    Status put(std::string_view octets)
    {
        waiting_ += octets;
        return waiting_.size() >= piece_size ? flush() : Status{};
    }
    Status flush()
    {
        auto done = waiting_.empty() ? Status{} : sink_(waiting_);
        waiting_.clear();
        return done;
    }

    const CopyRules& rules_;
    const Sink& sink_;
    std::string waiting_;
    std::string begun_; // see is_undecided
    bool at_start_ = true, escapes_ = true;
    bool held_cr_ = false;
};

Status write_large(int file, LineWriter& lines)
{
    std::string buffer(piece_size, '\0');
    for (off_t at = 0;;) {
        const auto got = ::pread(file, buffer.data(), buffer.size(), at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error("read the message");
        if (got == 0)
            return {};
        at += got;
        TRY(lines.write(std::string_view(buffer).substr(0, static_cast<std::size_t>(got))));
    }
}

bool is_removed(const Job& job, const mail::Header& header)
{
    for (std::string_view name : job.instruction().headers_remove) {
        name = trim(name);
        if (name.ends_with(':'))
            name.remove_suffix(1);
        const bool wild = name.ends_with('*');
        if (wild ? starts_nocase(header.name(), name.substr(0, name.size() - 1)) : header.is(name))
            return true;
    }
    return false;
}

// headers_rewrite and its like: what the header is in this copy.
const std::string& changed(const Job& job, const mail::Header& header)
{
    for (const auto& change : job.instruction().header_changes)
        if (change.before == header.text())
            return change.after;
    return header.text();
}

bool is_on(const Job& job, std::string_view name)
{
    const auto flag = job.options.flag(name, false);
    return flag && *flag;
}

// MAIL, RCPT for each and DATA, which stand after the prefix: that may be a HELO (manual 26.1, use_bsmtp).
std::string bsmtp_commands(const Job& job, std::string_view line_end)
{
    std::string text = "MAIL FROM:<" + job.request.sender + ">" + std::string(line_end);
    for (const auto& target : job.request.targets)
        text += "RCPT TO:<" + target.address + ">" + std::string(line_end);
    return text + "DATA" + std::string(line_end);
}

}

bool breaks_command(std::string_view address)
{
    return address.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

Result<CopyRules> copy_rules(const Job& job)
{
    CopyRules rules;
    rules.prefix = job.options.text("message_prefix");
    rules.suffix = job.options.text("message_suffix");
    rules.check_string = job.options.text("check_string");
    rules.escape_string = job.options.text("escape_string");
    rules.crlf = TRY(job.options.flag("use_crlf", false));
    rules.headers_only = TRY(job.options.flag("headers_only", false));
    rules.body_only = TRY(job.options.flag("body_only", false));
    rules.bsmtp = TRY(job.options.flag("use_bsmtp", false));
    if (rules.bsmtp && (breaks_command(job.request.sender) ||
                        std::ranges::any_of(job.request.targets, [](const auto& target) { return breaks_command(target.address); })))
        return permanent("an address has a line end or a NUL in it and cannot stand in batched SMTP");
    if (rules.bsmtp && !job.options.has("check_string")) {
        rules.check_string = ".";
        rules.escape_string = "..";
    }
    return rules;
}

std::string copy_headers(const Job& job)
{
    std::string out;
    if (is_on(job, "return_path_add"))
        out += "Return-path: <" + job.request.sender + ">\r\n";
    if (is_on(job, "envelope_to_add")) {
        out += "Envelope-to: ";
        std::vector<std::string> all;
        for (const auto& target : job.request.targets) {
            all.insert(all.end(), target.also.begin(), target.also.end());
            all.push_back(target.original);
        }
        out += join(all, ",\r\n ");
        out += "\r\n";
    }
    if (is_on(job, "delivery_date_add"))
        out += "Delivery-date: " + mail::format_date(std::time(nullptr)) + "\r\n";
    const auto parsed = mail::HeaderList::parse(job.message.headers);
    if (!parsed || (job.instruction().headers_remove.empty() && job.instruction().header_changes.empty())) {
        out += job.message.headers;
    } else {
        for (const auto& header : parsed->headers)
            if (!is_removed(job, header))
                out += changed(job, header);
    }
    if (!out.empty() && !out.ends_with('\n'))
        out += "\r\n";
    if (!job.instruction().headers_add.empty())
        out += replace_all(replace_all(job.instruction().headers_add, "\r\n", "\n"), "\n", "\r\n");
    return out;
}

std::uint64_t copy_size(const Job& job)
{
    if (job.only_room)
        return job.request.size;
    return copy_headers(job).size() + 2 + job.message.body_size;
}

std::string from_line(const Job& job)
{
    const std::time_t now = std::time(nullptr);
    std::tm when{};
    ::localtime_r(&now, &when);
    char date[64];
    std::strftime(date, sizeof date, "%a %b %d %H:%M:%S %Y", &when);
    return "From " + (job.request.sender.empty() ? std::string("MAILER-DAEMON") : job.request.sender) + " " + date + "\n";
}

Status write_copy(const Job& job, const CopyRules& rules, const Sink& sink)
{
    if (!rules.prefix.empty())
        TRY(sink(rules.prefix));
    const std::string_view line_end = rules.crlf ? "\r\n" : "\n";
    if (rules.bsmtp)
        TRY(sink(bsmtp_commands(job, line_end)));
    LineWriter lines{rules, sink};
    if (!rules.body_only) {
        lines.escape(rules.bsmtp); // "From :" among the headers is no start of a message
        TRY(lines.write(copy_headers(job)));
        TRY(lines.write("\r\n"));
        lines.escape(true);
    }
    if (!rules.headers_only) {
        if (job.message.large)
            TRY(write_large(job.message.large.get(), lines));
        else
            TRY(lines.write(job.message.body));
    }
    TRY(lines.finish());
    if (!rules.suffix.empty())
        TRY(sink(rules.suffix));
    return rules.bsmtp ? sink("." + std::string(line_end)) : Status{};
}

}
