#include "master/sendmail/batch.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "common/base/text.h"
#include "common/mail/address_parser.h"
#include "common/smtp/command_line.h"
#include "master/sendmail/send.h"

namespace gp::sendmail {
namespace {

constexpr std::size_t longest_piece = 64 * 1024;
constexpr std::size_t piece_size = 32 * 1024;
constexpr std::size_t most_recipients = 100'000; // of one message
constexpr std::string_view lost = "421 Lost incoming connection";
constexpr std::string_view late = "421 SMTP command timeout";
constexpr std::string_view late_data = "421 SMTP incoming data timeout - message abandoned";

// The text of DATA up to the line with a dot; the end of the file before it is an error.
class BatchMessage final : public MessageSource {
public:
    explicit BatchMessage(BatchLines& lines) : lines_(lines) {}
    void limit(std::uint32_t) override {} // each line has its time
    Result<std::string> read() override
    {
        std::string piece;
        while (!ended_ && piece.size() < piece_size) {
            auto line = lines_.next();
            if (!line && !is_cut_ && !piece.empty()) {
                is_cut_ = true;
                break; // what came is handed on: submit logs where it ended
            }
            if (!line) {
                is_cut_ = true;
                return permanent(std::string(lost));
            }
            add(*line, piece);
        }
        return piece;
    }
    bool is_cut() const { return is_cut_; }
    bool is_cut_in_body() const { return is_cut_ && saw_blank_; }
    // What nobody read: the rest of a message that was refused.
    void skip()
    {
        while (!ended_ && !is_cut_)
            (void)!read();
    }

private:
    // Only whole lines end the text or lose a dot (RFC 5321, 4.5.2), never the rest of a long one.
    void add(const BatchLine& line, std::string& piece)
    {
        if (line.begins && line.ends && line.text == ".") {
            ended_ = true;
            return;
        }
        saw_blank_ = saw_blank_ || (line.begins && line.text.empty());
        piece.append(line.text, line.begins && line.text.starts_with('.') ? 1 : 0);
        if (line.ends)
            piece += '\n';
    }

    BatchLines& lines_;
    bool ended_ = false, is_cut_ = false, saw_blank_ = false;
};

bool is_command(std::string_view line, std::string_view verb)
{
    return line.size() >= verb.size() && same_nocase(line.substr(0, verb.size()), verb) &&
           (line.size() == verb.size() || verb.ends_with(':') || line[verb.size()] == ' ' || line[verb.size()] == '\t');
}

}

bool BatchLines::fill()
{
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const auto most = static_cast<int>(std::min<std::uint64_t>(std::uint64_t{patience_} * 1000, INT_MAX));
    int ready = 0;
    do
        ready = ::poll(&input, 1, patience_ ? most : -1);
    while (ready < 0 && errno == EINTR); // a stop and a go begin the time anew
    is_late_ = ready == 0;
    if (is_late_)
        return false;
    buffer_.resize(piece_size);
    ssize_t got = 0;
    do
        got = ::read(STDIN_FILENO, buffer_.data(), buffer_.size());
    while (got < 0 && errno == EINTR);
    buffer_.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    at_ = 0;
    return !buffer_.empty();
}

int BatchLines::octet()
{
    if (at_ == buffer_.size() && (is_late_ || !fill()))
        return EOF;
    return static_cast<unsigned char>(buffer_[at_++]);
}

std::optional<BatchLine> BatchLines::next()
{
    BatchLine line{.begins = !is_within_};
    int c = 0;
    while (line.text.size() < longest_piece && (c = octet()) != EOF && c != '\n')
        line.text += static_cast<char>(c);
    if (is_late_ || (c == EOF && line.text.empty()))
        return std::nullopt;
    line.ends = c == EOF || c == '\n';
    is_within_ = !line.ends;
    count_ += line.begins ? 1 : 0;
    if (line.ends && line.text.ends_with('\r'))
        line.text.pop_back();
    return line;
}

void Batch::reset()
{
    letter_ = options_.letter;
    letter_.recipients.clear();
    letter_.extract_recipients = false;
    letter_.sender_given = false;
    letter_.batched = true;
    letter_.helo = helo_;
    letter_.mail_errors = false; // whoever runs the batch is told by it
    begun_at_ = lines_.count();
}

// There are no parameters: nobody has offered an extension.
Result<std::string> Batch::address_in(std::string_view argument, bool may_be_null)
{
    auto parsed = mail::parse_address(trim_left(argument), {.allow_domain_literals = true, .allow_utf8_domains = true, .allow_null = may_be_null});
    if (!parsed)
        return parsed.error();
    return std::move(parsed->address);
}

Batch::Step Batch::mail(const std::string& line, std::string_view argument)
{
    if (letter_.sender_given)
        return Wrong{"503 Sender already given", line, false};
    if (trim(argument).empty())
        return Wrong{"501 MAIL FROM must have an address operand", line, false};
    auto sender = address_in(argument, true);
    if (!sender)
        return Wrong{"501 " + sender.error().text, line, false};
    letter_.sender = std::move(sender).take();
    letter_.sender_given = true;
    return std::nullopt;
}

Batch::Step Batch::rcpt(const std::string& line, std::string_view argument)
{
    if (!letter_.sender_given)
        return Wrong{"503 No sender yet given", line, false};
    if (trim(argument).empty())
        return Wrong{"501 RCPT TO must have an address operand", line, false};
    if (letter_.recipients.size() >= most_recipients)
        return Wrong{"552 too many recipients", line, false};
    auto recipient = address_in(argument, false);
    if (!recipient)
        return Wrong{"501 " + recipient.error().text, line, false};
    letter_.recipients.push_back(std::move(recipient).take());
    return std::nullopt;
}

Batch::Step Batch::data(const std::string& line)
{
    if (!letter_.sender_given)
        return Wrong{"503 MAIL FROM:<sender> command must precede DATA", line, false};
    if (letter_.recipients.empty())
        return Wrong{"503 RCPT TO:<recipient> must precede DATA", line, false};
    BatchMessage message{lines_};
    const auto status = hand_in_(letter_, message);
    message.skip();
    if (lines_.is_late())
        return Wrong{std::string(late_data), {}, false};
    if (message.is_cut())
        return Wrong{std::string(lost), {}, message.is_cut_in_body()};
    if (!status)
        return Wrong{(status.error().blame == Blame::permanent ? "550 " : "451 ") + status.error().text, {}, false};
    ++accepted_;
    reset();
    return std::nullopt;
}

Batch::Step Batch::obey(const std::string& line, bool& quits)
{
    if (is_command(line, "MAIL FROM:"))
        return mail(line, std::string_view(line).substr(10));
    if (is_command(line, "RCPT TO:"))
        return rcpt(line, std::string_view(line).substr(8));
    if (is_command(line, "DATA"))
        return data(line);
    quits = is_command(line, "QUIT");
    // Manual 48.12: these say that what came before is over.
    for (const std::string_view verb : {"HELO", "EHLO", "RSET", "QUIT"})
        if (is_command(line, verb)) {
            if (const auto name = trim(std::string_view(line).substr(verb.size())); verb.ends_with("LO"))
                helo_ = smtp::is_valid_helo(name, {}) ? name : std::string_view{}; // not looked at otherwise
            reset();
            return std::nullopt;
        }
    for (const auto verb : {"VRFY", "EXPN", "ETRN", "HELP", "NOOP"})
        if (is_command(line, verb))
            return std::nullopt;
    return Wrong{"500 Command unrecognized", line, false};
}

int Batch::give_up(const Wrong& wrong) const
{
    std::string reply;
    for (const auto line : split(wrong.reply, '\n'))
        reply += (reply.empty() ? "" : "\n") + escape(line);
    const auto error_at = lines_.count() + (wrong.at_end ? 1 : 0);
    std::printf("%s\nTransaction started in line %zu\nError detected in line %zu\n", reply.c_str(), begun_at_, error_at);
    if (!wrong.command.empty())
        std::printf("%s\n", escape(wrong.command).c_str());
    std::fprintf(stderr,
                 "An error was detected while processing a file of BSMTP input.\nThe error message was:\n\n  %s\n\n"
                 "The SMTP transaction started in line %zu.\nThe error was detected in line %zu.\n",
                 reply.c_str(), begun_at_, error_at);
    if (!wrong.command.empty())
        std::fprintf(stderr, "The SMTP command at fault was:\n\n   %s\n\n", escape(wrong.command).c_str());
    std::fprintf(stderr, "%zu previous message%s successfully processed.\nThe rest of the batch was abandoned.\n", accepted_,
                 accepted_ == 1 ? " was" : "s were");
    return accepted_ > 0 ? 1 : 2;
}

int Batch::run()
{
    bool quits = false;
    while (!quits) {
        const auto line = lines_.next();
        if (lines_.is_late())
            return give_up({std::string(late), {}, false});
        if (!line) // a transaction that never came to DATA is none
            return 0;
        if (!line->ends)
            return give_up({"500 line too long", {}, false});
        if (const auto wrong = obey(line->text, quits))
            return give_up(*wrong);
    }
    return 0;
}

int send_batch(const Options& options, const Instance& instance)
{
    return Batch{options, options.smtp_receive_timeout.value_or(instance.smtp_receive_timeout), [&](const submit::Letter& letter, MessageSource& source) -> Result<int> {
                     Options one = options;
                     one.letter = letter;
                     return hand_in(one, instance, source);
                 }}.run();
}

}
