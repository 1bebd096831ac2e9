#include "common/scan/milter_packet.h"

#include <array>

#include "common/base/text.h"

namespace gp::scan {
namespace {

using Verdict = mail::MilterVerdict;
using Change = mail::MilterChange;

constexpr std::size_t longest_packet = 1024 * 1024 + 64; // libmilter's largest piece of a body, and its frame
constexpr std::size_t longest_name = 256;                // of a header
constexpr std::size_t longest_reply = 32 * 1024;
constexpr std::size_t most_stages = 16;
constexpr std::size_t piece_size = 64 * 1024;

std::uint32_t number_at(std::string_view text, std::size_t at)
{
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number = number << 8 | static_cast<unsigned char>(text[at + i]);
    return number;
}

std::string named(char code)
{
    return "its answer \"" + escape(std::string_view(&code, 1)) + "\"";
}

Error malformed(char code, std::string_view why)
{
    return permanent(named(code) + " " + std::string(why));
}

// Exactly `count` texts, or from one to `count` with `or_less`.
Result<std::vector<std::string>> texts_of(const MilterPacket& packet, std::size_t count, std::size_t skip = 0, bool or_less = false)
{
    std::vector<std::string> texts;
    auto rest = std::string_view(packet.body).substr(std::min(skip, packet.body.size()));
    while (!rest.empty()) {
        const auto end = rest.find('\0');
        if (end == std::string_view::npos)
            return malformed(packet.code, "has a text without an end");
        texts.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
        if (texts.size() > count)
            return malformed(packet.code, "has more texts than belong in it");
    }
    if (texts.empty() || (texts.size() < count && !or_less))
        return malformed(packet.code, "lacks a text");
    return texts;
}

bool is_header_name(std::string_view name)
{
    return !name.empty() && name.size() <= longest_name &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c < 127 && c != ':'; });
}

// Folds are LF or CR LF with a blank behind; the message has CR LF. Anything else would end the header, or the headers.
Result<std::string> header_value(char code, std::string_view text)
{
    std::string out;
    text = trim_right(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
            continue;
        if (c == '\n') {
            if (i + 1 == text.size() || (text[i + 1] != ' ' && text[i + 1] != '\t'))
                return malformed(code, "has a line end in a header that is no fold");
            out += "\r\n";
            continue;
        }
        if ((static_cast<unsigned char>(c) < 32 && c != '\t') || c == 127)
            return malformed(code, "has a control character in a header");
        out += c;
    }
    return out;
}

// "<a@b.example>", perhaps without its brackets; nothing in it may end a line of a log or of SMTP.
Result<std::string> address_text(char code, std::string_view text)
{
    text = trim(text);
    if (text.starts_with('<') && text.ends_with('>'))
        text = text.substr(1, text.size() - 2);
    if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }))
        return malformed(code, "has a control character in an address");
    return std::string(text);
}

Result<MilterWord> header_change(const MilterPacket& packet, Change::Kind kind, bool has_index)
{
    Change change{.kind = kind};
    if (has_index) {
        if (packet.body.size() < 4)
            return malformed(packet.code, "is too short");
        change.index = number_at(packet.body, 0);
    }
    auto texts = TRY(texts_of(packet, 2, has_index ? 4 : 0));
    if (!is_header_name(texts[0]))
        return malformed(packet.code, "names no header: " + escape(texts[0].substr(0, longest_name)));
    change.name = std::move(texts[0]);
    change.value = TRY(header_value(packet.code, texts[1]));
    return MilterWord{std::move(change)};
}

// Parameters of ESMTP may stand behind the address; none that changes a message that we have already.
Result<MilterWord> address_change(const MilterPacket& packet, Change::Kind kind, bool has_parameters)
{
    const auto texts = TRY(texts_of(packet, has_parameters ? 2 : 1, 0, has_parameters));
    auto address = TRY(address_text(packet.code, texts[0]));
    return MilterWord{Change{.kind = kind, .value = std::move(address)}};
}

// A line of "550-5.7.1 text": its text, once its code is known to be the first line's.
Result<std::string_view> reply_line(const MilterPacket& packet, std::string_view line, std::string_view code)
{
    const bool has_code = line.size() >= 3 && line.substr(0, 3) == code && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
    if (!has_code)
        return malformed(packet.code, "is no SMTP reply");
    return line.size() > 4 ? line.substr(4) : std::string_view{};
}

// "550 5.7.1 text", or lines of it; a per cent sign is said twice. RFC 5321 section 4.2.1: printable characters alone.
Result<MilterWord> custom_reply(const MilterPacket& packet)
{
    const auto text = replace_all(replace_all(TRY(texts_of(packet, 1))[0], "\r\n", "\n"), "%%", "%");
    const bool is_refusal = text.size() >= 3 && (text[0] == '4' || text[0] == '5') && is_digit(text[1]) && is_digit(text[2]);
    if (!is_refusal || text.size() > longest_reply)
        return malformed(packet.code, "is no SMTP reply: " + escape(text.substr(0, 100)));
    Verdict verdict{.kind = text[0] == '4' ? Verdict::Kind::tempfail : Verdict::Kind::reject};
    verdict.code = static_cast<std::uint32_t>((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
    if (verdict.code == 421)
        verdict.kind = Verdict::Kind::shut_down;
    bool is_first = true;
    for (const auto line : split(trim_right(text), '\n')) {
        auto words = TRY(reply_line(packet, line, std::string_view(text).substr(0, 3)));
        const auto blank = std::min(words.find(' '), words.size());
        const auto first = words.substr(0, blank);
        const bool is_code = first.size() >= 5 && first[0] == text[0] && first[1] == '.' && std::ranges::count(first, '.') == 2 &&
                             std::ranges::all_of(first, [](char c) { return is_digit(c) || c == '.'; });
        if (is_code && is_first)
            verdict.enhanced = first;
        if (is_code)
            words = trim_left(words.substr(blank));
        verdict.text += (is_first ? "" : "\n") + escape(words, true);
        is_first = false;
    }
    return MilterWord{std::move(verdict)};
}

MilterWord verdict_of(Verdict::Kind kind)
{
    return Verdict{.kind = kind};
}

}

std::string milter_number(std::uint32_t number)
{
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(number >> shift & 0xff);
    return out;
}

std::string milter_packet(char code, std::string_view body)
{
    return milter_number(static_cast<std::uint32_t>(body.size() + 1)) + code + std::string(body);
}

std::string milter_texts(const std::vector<std::string>& texts)
{
    std::string out;
    for (const auto& text : texts)
        out += text.substr(0, text.find('\0')) + '\0';
    return out;
}

Status MilterReader::need(std::size_t octets, event::Deadline until)
{
    while (buffer_.size() < octets) {
        std::array<char, piece_size> piece;
        const auto got = TRY(stream_.read(std::span(piece).first(std::min(piece.size(), octets - buffer_.size())), until));
        if (got == 0)
            return temporary("it has closed the connection", Cause::closed);
        buffer_.append(piece.data(), got);
    }
    return {};
}

Result<MilterPacket> MilterReader::next(event::Deadline until)
{
    constexpr std::size_t head = 5;
    buffer_.clear();
    TRY(need(4, until));
    const auto length = number_at(buffer_, 0);
    if (length == 0 || length > longest_packet)
        return permanent("it says that " + std::to_string(length) + " octets follow, which is no packet", Cause::too_big);
    octets_ += length;
    if (octets_ > most_)
        return permanent("it answers with more than " + std::to_string(most_) + " octets (milter_answer_limit)", Cause::too_big);
    TRY(need(4 + length, until));
    return MilterPacket{buffer_[4], buffer_.substr(head)};
}

std::string milter_offer()
{
    return milter_packet('O', milter_number(milter_version) + milter_number(milter_all_actions) + milter_number(milter_all_habits));
}

Result<MilterTerms> read_milter_terms(const MilterPacket& packet)
{
    if (packet.code != 'O' || packet.body.size() < 12)
        return malformed(packet.code, "does not negotiate");
    const auto version = number_at(packet.body, 0);
    if (version < 2 || version > milter_version)
        return permanent("it speaks version " + std::to_string(version) + " of the protocol; 2 to 6 are understood");
    MilterTerms terms{.actions = number_at(packet.body, 4), .habits = number_at(packet.body, 8), .macros = {}};
    if ((terms.actions & ~milter_all_actions) != 0)
        return permanent("it wants to change messages in ways that were not offered");
    if ((terms.habits & ~milter_all_habits) != 0)
        return permanent("it wants steps of the protocol that were not offered");
    auto rest = std::string_view(packet.body).substr(12);
    while (!rest.empty()) {
        const auto end = rest.size() < 5 ? std::string_view::npos : rest.find('\0', 4);
        if (end == std::string_view::npos || terms.macros.size() >= most_stages)
            return malformed(packet.code, "has a list of macros that is cut off");
        terms.macros.emplace_back(number_at(rest, 0), rest.substr(4, end - 4));
        rest.remove_prefix(end + 1);
    }
    return terms;
}

Result<MilterWord> read_milter_word(const MilterPacket& packet)
{
    switch (packet.code) {
    case 'c':
        return verdict_of(Verdict::Kind::go_on);
    case 'a':
        return verdict_of(Verdict::Kind::accept);
    case 'r':
        return verdict_of(Verdict::Kind::reject);
    case 't':
        return verdict_of(Verdict::Kind::tempfail);
    case 'd':
        return verdict_of(Verdict::Kind::discard);
    case '4':
    case 'f':
        return verdict_of(Verdict::Kind::shut_down);
    case 'y':
        return custom_reply(packet);
    case 'p':
        return MilterWord{MilterProgress{}};
    case 's':
        return MilterWord{MilterSkip{}};
    case 'h':
        return header_change(packet, Change::Kind::add_header, false);
    case 'i':
        return header_change(packet, Change::Kind::insert_header, true);
    case 'm':
        return header_change(packet, Change::Kind::change_header, true);
    case '+':
        return address_change(packet, Change::Kind::add_recipient, false);
    case '2':
        return address_change(packet, Change::Kind::add_recipient, true);
    case '-':
        return address_change(packet, Change::Kind::delete_recipient, false);
    case 'e':
        return address_change(packet, Change::Kind::change_sender, true);
    case 'b':
        return MilterWord{Change{.kind = Change::Kind::replace_body, .value = packet.body}};
    case 'q': {
        const auto texts = TRY(texts_of(packet, 1));
        return MilterWord{Change{.kind = Change::Kind::quarantine, .value = escape(texts[0].substr(0, 500), true)}};
    }
    default:
        return malformed(packet.code, "is none that the protocol knows");
    }
}

std::uint32_t actions_for(const mail::MilterChange& change)
{
    switch (change.kind) {
    case Change::Kind::add_header:
    case Change::Kind::insert_header:
        return milter_add_headers | milter_change_headers; // sendmail lets either do
    case Change::Kind::change_header:
        return milter_change_headers;
    case Change::Kind::add_recipient:
        return milter_add_recipients | milter_add_recipients_with_parameters;
    case Change::Kind::delete_recipient:
        return milter_delete_recipients;
    case Change::Kind::change_sender:
        return milter_change_sender;
    case Change::Kind::replace_body:
        return milter_change_body;
    case Change::Kind::quarantine:
        return milter_quarantine;
    }
    return 0;
}

}
