#include "common/sieve/headers.h"

#include "common/base/text.h"
#include "common/mail/address.h"
#include "common/mail/encoded_word.h"
#include "common/mail/header.h"

namespace gp::sieve {
namespace {

constexpr char subaddress_separator = '+';

std::string decoded(Run& run, std::string_view body)
{
    const auto flat = mail::unfold(body);
    auto words = mail::decode_words(flat, {.check_length = run.scene().site().check_rfc2047_length, .charset = "UTF-8"});
    return std::string(trim(words ? *words : flat));
}

}

Result<bool> Index::read_tag(Parser& parser)
{
    if (TRY(parser.scanner().tag("index"))) {
        TRY(parser.needs("index"));
        number_ = TRY(parser.number("missing index"));
        if (number_ < 1 || number_ > 1'000'000)
            return parser.error("invalid index");
        return true;
    }
    if (!TRY(parser.scanner().tag("last")))
        return false;
    TRY(parser.needs("index"));
    is_last_ = true;
    return true;
}

Status Index::check(const Parser& parser) const
{
    if (is_last_ && !number_)
        return parser.error(":last without :index");
    return {};
}

std::vector<std::string> header_values(Run& run, std::string_view name)
{
    std::vector<std::string> values;
    if (const auto* headers = run.scene().message->headers)
        for (const auto& line : headers->lines())
            if (same_nocase(line.name, name))
                values.push_back(decoded(run, line.body));
    return values;
}

std::vector<std::string> raw_header_values(Run& run, std::string_view name)
{
    std::vector<std::string> values;
    if (const auto* headers = run.scene().message->headers)
        for (const auto& line : headers->lines())
            if (same_nocase(line.name, name))
                values.emplace_back(line.body);
    return values;
}

bool has_header(Run& run, std::string_view name)
{
    const auto* headers = run.scene().message->headers;
    return headers && headers->has(name);
}

bool is_header_name(std::string_view name)
{
    return std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) > ' ' && c != ':' && c != 127; });
}

Result<bool> AddressPart::read_tag(Parser& parser)
{
    constexpr std::string_view names[] = {"all", "localpart", "domain", "user", "detail"};
    const auto tag = parser.scanner().look_tag();
    const auto name = std::ranges::find(names, tag);
    if (tag.empty() || name == std::end(names))
        return false;
    if (is_set_)
        return parser.error("address part already specified");
    is_set_ = true;
    TRY(parser.scanner().tag(tag));
    which_ = static_cast<Which>(name - std::begin(names));
    if (which_ >= Which::user)
        TRY(parser.needs("subaddress"));
    return true;
}

std::optional<std::string> AddressPart::told(const filter::Rules& rules) const
{
    if (which_ == Which::user && rules.has_useraddress)
        return rules.useraddress;
    if (which_ == Which::detail && rules.has_subaddress)
        return rules.subaddress;
    return std::nullopt;
}

bool AddressPart::cut(std::string_view address, std::string& part) const
{
    const auto local_part = mail::local_part_of(address);
    const auto separator = local_part.find(subaddress_separator);
    switch (which_) {
    case Which::all:
        part = address;
        return true;
    case Which::local_part:
        part = local_part;
        return true;
    case Which::domain:
        part = mail::domain_of(address);
        return true;
    case Which::user:
        part = local_part.substr(0, separator);
        return true;
    case Which::detail:
        if (separator == std::string_view::npos) // RFC 5233 section 4: no detail matches nothing
            return false;
        part = local_part.substr(separator + 1);
        return true;
    }
    return false;
}

namespace {

const RegisterCapability capabilities[] = {
    RegisterCapability{{.name = "subaddress", .doc = "RFC 5233"}},
    RegisterCapability{{.name = "index", .doc = "RFC 5260 section 6"}},
};

}
}
