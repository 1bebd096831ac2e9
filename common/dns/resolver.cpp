#include "common/dns/resolver.h"

#include "common/dns/authority.h"

#include "common/base/text.h"

#include <algorithm>
#include <array>

namespace gp::dns {
namespace {

enum Rcode : unsigned { no_error = 0, format_error = 1, server_failure = 2, name_error = 3, not_implemented = 4, refused = 5 };

Status check_rcode(const Packet& packet, std::string_view name, Type type)
{
    if (packet.rcode == no_error || packet.rcode == name_error)
        return {};
    static constexpr std::array words = {"", "format error", "server failure", "", "not implemented", "refused"};
    const std::string what = packet.rcode < words.size() ? words[packet.rcode] : "error " + std::to_string(packet.rcode);
    const std::string text = "DNS look-up of " + escape(name) + " (" + type_name(type) + "): " + what;
    switch (packet.rcode) {
    case format_error:
    case not_implemented:
    case refused:
        return permanent(text, packet.rcode == refused ? Cause::refused : Cause::other);
    default:
        return temporary(text);
    }
}

const Record* find(const std::vector<Record>& records, std::string_view name, Type type)
{
    const auto at = std::ranges::find_if(
        records, [&](const Record& record) { return record.type == type && record.name == name; });
    return at == records.end() ? nullptr : &*at;
}

// The alias that a DNAME makes of a name, when the server left the CNAME to us (RFC 6672 section 2.2).
std::string renamed(const std::vector<Record>& records, std::string_view name)
{
    for (const auto& record : records) {
        if (record.type != Type::dname || name.size() <= record.name.size() || !name.ends_with(record.name) ||
            name[name.size() - record.name.size() - 1] != '.')
            continue;
        const auto* target = record.as<Target>();
        return std::string(name.substr(0, name.size() - record.name.size())) + target->name;
    }
    return {};
}

std::string completed(const std::vector<Record>& records, std::string_view name)
{
    if (name.find('.') != name.npos || records.empty())
        return {};
    const std::string& owner = records.front().name;
    const bool longer = owner.size() > name.size() && owner.starts_with(name) && owner[name.size()] == '.';
    return longer ? owner : std::string{};
}

// RFC 2308 section 5: how long a "no" holds.
std::uint32_t negative_ttl(const std::vector<Record>& authorities)
{
    for (const auto& record : authorities)
        if (const auto* soa = record.as<Authority>())
            return std::min(record.ttl, soa->minimum);
    return 0;
}

}

namespace {

BelievesZone believes;

// Whose authority is claimed: the authority section says it, else the answer itself.
std::string zone_of(const Packet& packet, std::string_view name)
{
    for (const auto& record : packet.authorities)
        if (record.type == Type::ns || record.type == Type::soa)
            return record.name;
    return packet.answers.empty() ? normal_name(name) : packet.answers.front().name;
}

}

void believe_zones(BelievesZone whom)
{
    believes = std::move(whom);
}

std::string normal_name(std::string_view name)
{
    if (name.size() > 1 && name.back() == '.')
        name.remove_suffix(1);
    return lower(name);
}

std::vector<net::Address> Answer::addresses() const
{
    std::vector<net::Address> out;
    for (const auto& record : records)
        if (const auto* host = record.as<HostAddress>())
            out.push_back(host->address);
    return out;
}

Result<Answer> answer_of(const Packet& packet, std::string_view name, Type type, const AnswerLimits& limits)
{
    TRY(check_rcode(packet, name, type));
    Answer answer;
    answer.name = answer.canonical = normal_name(name);
    answer.type = type;
    answer.secure = packet.authentic || (packet.authoritative && believes && believes(zone_of(packet, name)));
    answer.ttl = UINT32_MAX;
    if (const auto owner = completed(packet.answers, answer.name); !owner.empty())
        answer.canonical = owner;
    const auto follow = [&](std::string next) {
        answer.aliases.push_back(std::exchange(answer.canonical, std::move(next)));
    };
    while (type != Type::cname) {
        if (answer.aliases.size() > limits.aliases)
            return temporary("DNS look-up of " + escape(name) + ": more than " + std::to_string(limits.aliases) + " aliases");
        if (const auto* alias = find(packet.answers, answer.canonical, Type::cname)) {
            answer.ttl = std::min(answer.ttl, alias->ttl);
            follow(alias->as<Target>()->name);
        } else if (auto other = renamed(packet.answers, answer.canonical); !other.empty()) {
            follow(std::move(other));
        } else {
            break;
        }
    }
    for (const auto& record : packet.answers) {
        if (record.type != type || record.name != answer.canonical || answer.records.size() >= limits.records)
            continue;
        answer.ttl = std::min(answer.ttl, record.ttl);
        answer.records.push_back(record);
    }
    if (!answer.records.empty()) {
        answer.kind = Answer::Kind::records;
        return answer;
    }
    answer.kind = packet.rcode == name_error ? Answer::Kind::no_such_name : Answer::Kind::no_such_record;
    answer.ttl = std::min(answer.ttl, negative_ttl(packet.authorities));
    return answer;
}

Result<HostAddresses> lookup_host(Resolver& resolver, std::string_view name, event::Deadline until, Families families,
                                  bool prefer_v6)
{
    HostAddresses host;
    host.owner = host.canonical = normal_name(name);
    host.secure = true;
    host.ttl = UINT32_MAX;
    std::optional<Error> failed;
    std::array<Type, 2> order{Type::a, Type::aaaa};
    if (prefer_v6)
        std::swap(order[0], order[1]);
    for (const Type type : order) {
        if ((type == Type::a && families == Families::v6_only) || (type == Type::aaaa && families == Families::v4_only))
            continue;
        auto answer = resolver.lookup(name, type, until);
        if (!answer) {
            failed = std::move(answer).error();
            continue;
        }
        if (answer->kind == Answer::Kind::no_such_record && host.kind == Answer::Kind::no_such_name)
            host.kind = Answer::Kind::no_such_record;
        if (!answer->found())
            continue;
        host.kind = Answer::Kind::records;
        host.owner = answer->owner();
        host.canonical = answer->canonical;
        host.secure = host.secure && answer->secure;
        host.ttl = std::min(host.ttl, answer->ttl);
        for (const auto& address : answer->addresses())
            if (std::ranges::find(host.addresses, address) == host.addresses.end())
                host.addresses.push_back(address);
    }
    if (host.kind == Answer::Kind::records)
        return host;
    if (failed)
        return *failed;
    host.secure = false;
    host.ttl = 0;
    return host;
}

}
