// ${prvscheck{…}…}: checks a signed address; $prvscheck_result says how it went.

#include <charconv>

#include "common/base/text.h"
#include "common/expand/detail/signed_address.h"
#include "common/expand/digest.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

struct Signed {
    std::string address; // without the signature
    std::string stamp, mark;
};

// Without regard to case: some hosts change it.
std::optional<Signed> taken_apart(std::string_view text)
{
    constexpr std::string_view prefix = "prvs=";
    constexpr std::size_t stamp_digits = 4;
    if (!starts_nocase(text, prefix))
        return std::nullopt;
    text.remove_prefix(prefix.size());
    if (text.size() < stamp_digits + signature_digits + 1 || text[stamp_digits + signature_digits] != '=')
        return std::nullopt;
    Signed out;
    out.stamp = text.substr(0, stamp_digits);
    out.mark = lower(text.substr(stamp_digits, signature_digits));
    out.address = text.substr(stamp_digits + signature_digits + 1);
    for (const char c : out.stamp)
        if (!is_digit(c))
            return std::nullopt;
    for (const char c : out.mark)
        if (!is_digit(c) && (c < 'a' || c > 'f'))
            return std::nullopt;
    const auto at = out.address.rfind('@');
    if (at == std::string::npos || at == 0 || at + 1 == out.address.size())
        return std::nullopt;
    return out;
}

bool is_expired(const Scene& scene, std::string_view stamp)
{
    std::int64_t last = 0;
    std::from_chars(stamp.data() + 1, stamp.data() + stamp.size(), last);
    const auto today = prvs_day(scene, 0);
    // Days are counted modulo 1000.
    if (today > 1000 - days_valid - 1 && last < days_valid)
        last += 1000;
    return last < today;
}

class PrvsCheck final : public Node {
public:
    explicit PrvsCheck(std::vector<std::unique_ptr<Sequence>> texts) : texts_(std::move(texts)) {}

    Status evaluate(Scene& scene, Text& out) const override
    {
        const auto address = TRY(texts_[0]->text(scene));
        const auto parts = taken_apart(address.text);
        auto& kept = *scene.kept;
        kept.prvscheck_result.clear();
        if (!parts)
            return {};
        kept.prvscheck_address = parts->address;
        kept.prvscheck_keynum = parts->stamp.substr(0, 1);
        const auto status = check(scene, address, *parts, out);
        kept.prvscheck_address.clear();
        kept.prvscheck_keynum.clear();
        return status;
    }

private:
    // The secret may depend on $prvscheck_address and $prvscheck_keynum.
    Status check(Scene& scene, const Text& address, const Signed& parts, Text& out) const
    {
        const auto secret = TRY(texts_[1]->text(scene));
        const auto wanted = TRY(prvs_signature(parts.address, secret.text, parts.stamp));
        if (same_secret(wanted, parts.mark) && !is_expired(scene, parts.stamp))
            scene.kept->prvscheck_result = "1";
        Text instead;
        if (texts_.size() > 2)
            TRY(texts_[2]->evaluate(scene, instead));
        if (instead.empty()) {
            instead = Text::clean(parts.address);
            instead.mark(address);
        }
        out.append(instead);
        return {};
    }

    std::vector<std::unique_ptr<Sequence>> texts_;
};

Result<NodePtr> parse_check(Parser& parser)
{
    // Exim reads the address first and then two more, and counts so in what it says.
    parser.skip_space();
    if (parser.peek() != '{')
        return parser.fail("Not enough arguments for 'prvscheck' (min is 1)");
    auto texts = TRY(parser.arguments("prvscheck", 1, 1, false));
    parser.skip_space();
    auto others = TRY(parser.arguments("prvscheck", 1, 2, true));
    texts.insert(texts.end(), std::move_iterator(others.begin()), std::move_iterator(others.end()));
    return NodePtr(std::make_unique<PrvsCheck>(std::move(texts)));
}

const RegisterItem self{{
    .name = "prvscheck",
    .parse = parse_check,
    .doc = "Checks a signed address; $prvscheck_result says how it went.",
}};

}
}
