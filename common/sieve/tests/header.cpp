// header, address, exists, envelope (RFC 5228 sections 5.1, 5.4, 5.5, 5.7).

#include "common/base/text.h"
#include "common/mail/address_parser.h"
#include "common/mail/encoded_word.h"
#include "common/sieve/all_of.h"
#include "common/sieve/headers.h"
#include "common/sieve/match.h"
#include "common/sieve/parser.h"

namespace gp::sieve {
namespace {

using Names = std::vector<std::string>;

// The headers that hold addresses; the test is restricted to them.
constexpr std::string_view address_headers[] = {
    "from", "to", "cc", "bcc", "sender", "reply-to", "resent-from", "resent-to", "resent-cc", "resent-bcc",
    "resent-sender", "resent-reply-to", "mail-reply-to", "mail-followup-to", "errors-to", "return-path",
    "delivered-to", "envelope-to", "x-original-to", "disposition-notification-to", "return-receipt-to",
    "apparently-to",
};

Status check_names(const Parser& parser, const Names& names, bool only_addresses)
{
    for (const auto& name : names) {
        const bool holds_variable = parser.has("variables") && name.find("${") != std::string::npos;
        const bool is_known = !only_addresses || std::ranges::any_of(address_headers, [&](auto known) { return same_nocase(known, name); });
        if (!holds_variable && (!is_header_name(name) || !is_known))
            return parser.error("invalid header field");
    }
    return {};
}

class HeaderTest final : public Test {
public:
    HeaderTest(Match match, Index index, Names names, Names keys)
        : match_(match), index_(index), names_(std::move(names)), keys_(std::move(keys))
    {
    }
    Result<bool> holds(Run& run) const override
    {
        std::vector<std::string> values;
        for (const auto& name : TRY(run.expand(names_)))
            for (auto& value : index_.choose(header_values(run, name)))
                values.push_back(std::move(value));
        return match_.any(run, values, keys_);
    }

private:
    const Match match_;
    const Index index_;
    const Names names_, keys_;
};

class AddressTest final : public Test {
public:
    AddressTest(Match match, Index index, AddressPart part, Names names, Names keys)
        : match_(match), index_(index), part_(part), names_(std::move(names)), keys_(std::move(keys))
    {
    }
    Result<bool> holds(Run& run) const override
    {
        std::vector<std::string> values;
        for (const auto& name : TRY(run.expand(names_)))
            for (const auto& body : index_.choose(raw_header_values(run, name)))
                add_parts(body, values);
        return match_.any(run, values, keys_);
    }

private:
    void add_parts(const std::string& body, std::vector<std::string>& values) const
    {
        for (const auto& item : mail::parse_address_list(body, {.allow_domain_literals = true}, 10'000).items) {
            std::string part;
            if (item.parsed && part_.cut(item.parsed->address, part))
                values.push_back(std::move(part));
        }
    }
    const Match match_;
    const Index index_;
    const AddressPart part_;
    const Names names_, keys_;
};

class EnvelopeTest final : public Test {
public:
    EnvelopeTest(Match match, AddressPart part, Names names, Names keys)
        : match_(match), part_(part), names_(std::move(names)), keys_(std::move(keys))
    {
    }
    Result<bool> holds(Run& run) const override
    {
        std::vector<std::string> values;
        for (const auto& name : TRY(run.expand(names_)))
            if (const auto address = of(run, name)) {
                std::string part;
                if (const auto told = same_nocase(name, "to") ? part_.told(run.rules()) : std::nullopt)
                    values.push_back(*told);
                else if (part_.cut(*address, part))
                    values.push_back(std::move(part));
            }
        return match_.any(run, values, keys_);
    }

private:
    static std::optional<std::string> of(Run& run, const std::string& name)
    {
        const auto& scene = run.scene();
        if (same_nocase(name, "from"))
            return std::string(scene.message->sender);
        if (same_nocase(name, "to") && scene.address)
            return std::string(scene.address->local_part_prefix) + std::string(scene.address->local_part) +
                   std::string(scene.address->local_part_suffix) + "@" + std::string(scene.address->domain);
        if (same_nocase(name, "auth") && scene.origin && !scene.origin->authenticated_sender.empty())
            return scene.origin->authenticated_sender;
        return std::nullopt;
    }
    const Match match_;
    const AddressPart part_;
    const Names names_, keys_;
};

Result<TestPtr> header(Parser& parser)
{
    Match match;
    Index index;
    while (TRY(match.read_tag(parser)) || TRY(index.read_tag(parser))) {
    }
    TRY(index.check(parser));
    auto names = TRY(parser.string_list("header string list expected"));
    TRY(check_names(parser, names, false));
    auto keys = TRY(parser.string_list("key string list expected"));
    return TestPtr(std::make_unique<HeaderTest>(match, index, std::move(names), std::move(keys)));
}

Result<TestPtr> address(Parser& parser)
{
    Match match;
    Index index;
    AddressPart part;
    while (TRY(match.read_tag(parser)) || TRY(index.read_tag(parser)) || TRY(part.read_tag(parser))) {
    }
    TRY(index.check(parser));
    auto names = TRY(parser.string_list("header string list expected"));
    TRY(check_names(parser, names, true));
    auto keys = TRY(parser.string_list("key string list expected"));
    return TestPtr(std::make_unique<AddressTest>(match, index, part, std::move(names), std::move(keys)));
}

Result<TestPtr> envelope(Parser& parser)
{
    Match match;
    AddressPart part;
    while (TRY(match.read_tag(parser)) || TRY(part.read_tag(parser))) {
    }
    auto names = TRY(parser.string_list("envelope string list expected"));
    for (const auto& name : names) {
        if (same_nocase(name, "auth"))
            TRY(parser.needs("envelope-auth"));
        else if (!same_nocase(name, "from") && !same_nocase(name, "to") && !parser.has("variables"))
            return parser.error("invalid envelope string");
    }
    auto keys = TRY(parser.string_list("key string list expected"));
    return TestPtr(std::make_unique<EnvelopeTest>(match, part, std::move(names), std::move(keys)));
}

Result<TestPtr> exists(Parser& parser)
{
    auto names = TRY(parser.string_list("header string list expected"));
    TRY(check_names(parser, names, false));
    return TestPtr(std::make_unique<AllOf>(
        std::move(names), [](Run& run, const std::string& name) { return has_header(run, name); }));
}

const RegisterTest tests[] = {
    RegisterTest{{.name = "header", .parse = header, .doc = "What a header says."}},
    RegisterTest{{.name = "address", .parse = address, .doc = "The addresses in a header."}},
    RegisterTest{{.name = "envelope", .capability = "envelope", .parse = envelope, .doc = "Sender and recipient."}},
    RegisterTest{{.name = "exists", .parse = exists, .doc = "Headers that are there."}},
};
const RegisterCapability capabilities[] = {
    RegisterCapability{{.name = "envelope", .doc = "RFC 5228 section 5.4"}},
    RegisterCapability{{.name = "envelope-auth", .doc = "as Exim has it"}},
};

}
}
