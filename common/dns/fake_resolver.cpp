#include "common/dns/fake_resolver.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/event/loop.h"

#include <algorithm>

namespace gp::dns {
namespace {

// Where a remark begins, if one does; a semicolon in quotes is none.
std::size_t remark_in(std::string_view line)
{
    bool in_quotes = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        in_quotes ^= line[at] == '"';
        if (line[at] == ';' && !in_quotes)
            return at;
    }
    return line.size();
}

// Words, where "a b" is one.
std::vector<std::string> words(std::string_view line)
{
    std::vector<std::string> out;
    while (!(line = trim_left(line)).empty()) {
        const bool quoted = line.front() == '"';
        if (quoted)
            line.remove_prefix(1);
        const auto end = quoted ? line.find('"') : line.find_first_of(" \t");
        out.emplace_back(line.substr(0, end));
        line.remove_prefix(end == line.npos ? line.size() : end + (quoted ? 1 : 0));
    }
    return out;
}

Result<std::uint16_t> small(const std::vector<std::string>& list, std::size_t at)
{
    if (at >= list.size())
        return misconfigured("a number is missing");
    return static_cast<std::uint16_t>(TRY(parse_unsigned(list[at])));
}

Result<Data> parse_data(Type type, const std::vector<std::string>& list)
{
    const auto name = [&](std::size_t at) {
        return at < list.size() && list[at] != "." ? normal_name(list[at]) : std::string{};
    };
    switch (type) {
    case Type::a:
    case Type::aaaa:
        return Data{HostAddress{TRY(net::Address::parse(name(0)))}};
    case Type::ns:
    case Type::cname:
    case Type::ptr:
    case Type::dname:
        return Data{Target{name(0)}};
    case Type::mx:
        return Data{MailExchanger{TRY(small(list, 0)), name(1)}};
    case Type::srv: {
        const auto priority = TRY(small(list, 0));
        const auto weight = TRY(small(list, 1));
        const auto port = TRY(small(list, 2));
        return Data{Service{priority, weight, port, name(3)}};
    }
    case Type::txt:
    case Type::spf:
    case Type::hinfo:
        return Data{Text{list}};
    case Type::soa: {
        const auto minimum = TRY(small(list, 6));
        return Data{Authority{.primary = name(0), .mailbox = name(1), .minimum = minimum}};
    }
    default:
        return Data{Opaque{list.empty() ? std::string{} : list.front()}};
    }
}

}

Result<FakeResolver::Line> FakeResolver::parse_line(std::string_view text)
{
    auto list = words(text);
    Line line;
    if (list.front() == "AD") {
        line.secure = true;
        list.erase(list.begin());
    }
    if (list.size() < 2)
        return misconfigured("zone line \"" + std::string(text) + "\" is too short");
    line.record.name = normal_name(list[0]);
    line.record.ttl = 300;
    list.erase(list.begin());
    if (auto ttl = parse_unsigned(list.front()); ttl && list.size() > 1) {
        line.record.ttl = static_cast<std::uint32_t>(*ttl);
        list.erase(list.begin());
    }
    if (list.front() == "IN" && list.size() > 1)
        list.erase(list.begin());
    static constexpr std::array troubles = {
        std::pair{std::string_view{"SERVFAIL"}, Trouble::servfail}, std::pair{std::string_view{"REFUSED"}, Trouble::refused},
        std::pair{std::string_view{"TIMEOUT"}, Trouble::timeout}, std::pair{std::string_view{"NODATA"}, Trouble::nodata}};
    for (const auto& [word, trouble] : troubles)
        if (list.front() == word) {
            line.trouble = trouble;
            return line;
        }
    line.record.type = TRY(parse_type(list.front()));
    list.erase(list.begin());
    line.record.data = TRY(parse_data(line.record.type, list));
    return line;
}

Result<FakeResolver> FakeResolver::parse(std::string_view zone)
{
    FakeResolver made;
    for (auto text : split(zone, '\n')) {
        text = trim(text.substr(0, remark_in(text)));
        if (!text.empty())
            made.lines_.push_back(TRY(parse_line(text)));
    }
    return made;
}

FakeResolver::FakeResolver(std::string_view zone)
{
    auto parsed = parse(zone);
    if (!parsed)
        panic(parsed.error().text);
    *this = std::move(*parsed);
}

Result<Answer> FakeResolver::lookup(std::string_view name, Type type, event::Deadline until)
{
    ++asked;
    const std::string subject = normal_name(name);
    Packet packet{.response = true, .authentic = true, .rcode = 3, .question = subject, .question_type = type};
    std::string at = subject;
    bool exists = false;
    for (int step = 0; step <= 20; ++step) {
        std::string next;
        exists = false;
        for (const auto& line : lines_) {
            exists = exists || line.record.name == at || line.record.name.ends_with("." + at);
            if (line.record.name != at)
                continue;
            if (line.trouble == Trouble::servfail)
                return temporary("DNS look-up of " + subject + " (" + type_name(type) + "): server failure");
            if (line.trouble == Trouble::refused)
                return permanent("DNS look-up of " + subject + " (" + type_name(type) + "): refused", Cause::refused);
            if (line.trouble == Trouble::timeout) {
                event::sleep_until(until);
                return temporary("DNS look-up of " + subject + " timed out", Cause::timeout);
            }
            const bool alias = line.record.type == Type::cname && type != Type::cname;
            if (line.trouble == Trouble::nodata || (line.record.type != type && !alias))
                continue;
            packet.authentic = packet.authentic && line.secure;
            packet.answers.push_back(line.record);
            if (alias)
                next = line.record.as<Target>()->name;
        }
        if (next.empty())
            break;
        at = next;
    }
    packet.rcode = exists ? 0 : 3;
    packet.authentic = packet.authentic && !packet.answers.empty();
    auto answer = TRY(answer_of(packet, subject, type, AnswerLimits{}));
    if (!answer.found())
        answer.ttl = 300;
    return answer;
}

}
