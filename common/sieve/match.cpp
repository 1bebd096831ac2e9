#include "common/sieve/match.h"

#include <array>

#include "common/base/text.h"

namespace gp::sieve {
namespace {

struct ComparatorRow {
    std::string_view name;
    Comparator comparator;
    bool is_basic; // needs no require (RFC 5228 section 2.7.3)
};
constexpr std::array comparators = {
    ComparatorRow{"i;octet", Comparator::octet, true},
    ComparatorRow{"i;ascii-casemap", Comparator::ascii_casemap, true},
    ComparatorRow{"en;ascii-casemap", Comparator::ascii_casemap, true},
    ComparatorRow{"i;ascii-numeric", Comparator::ascii_numeric, false},
};
constexpr std::string_view relations[] = {"gt", "ge", "lt", "le", "eq", "ne"};

// RFC 4790 section 9.1: digits at the start, or larger than every number.
struct Numeric {
    std::string_view digits;
    bool is_number = false;
};
Numeric numeric(std::string_view text)
{
    std::size_t end = 0;
    while (end < text.size() && is_digit(text[end]))
        ++end;
    std::size_t zeros = 0;
    while (zeros + 1 < end && text[zeros] == '0')
        ++zeros;
    return {text.substr(zeros, end - zeros), end > 0};
}

int compare(Comparator how, std::string_view a, std::string_view b)
{
    if (how == Comparator::ascii_casemap)
        return compare_nocase(a, b);
    if (how == Comparator::octet)
        return a.compare(b);
    const auto left = numeric(a), right = numeric(b);
    if (left.is_number != right.is_number)
        return left.is_number ? -1 : 1;
    if (left.digits.size() != right.digits.size())
        return left.digits.size() < right.digits.size() ? -1 : 1;
    return left.digits.compare(right.digits);
}

bool holds(Relation relation, int order)
{
    switch (relation) {
    case Relation::gt:
        return order > 0;
    case Relation::ge:
        return order >= 0;
    case Relation::lt:
        return order < 0;
    case Relation::le:
        return order <= 0;
    case Relation::eq:
        return order == 0;
    case Relation::ne:
        return order != 0;
    }
    return false;
}

// One place of a pattern: a letter, any letter, or any text.
struct Piece {
    enum Kind : std::uint8_t { letter, any, star } kind;
    char c = 0;
};
std::vector<Piece> pieces_of(std::string_view pattern)
{
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '*')
            pieces.push_back({Piece::star});
        else if (pattern[i] == '?')
            pieces.push_back({Piece::any});
        else if (pattern[i] == '\\' && i + 1 < pattern.size())
            pieces.push_back({Piece::letter, pattern[++i]});
        else
            pieces.push_back({Piece::letter, pattern[i]});
    }
    return pieces;
}

bool same(char a, char b, bool is_caseless)
{
    return is_caseless ? to_lower(a) == to_lower(b) : a == b;
}

}

// Stars take as little as they can (RFC 5229 section 3.2); only the last one may have to take more, so that
// the time is bounded by the product of the lengths.
bool matches_pattern(std::string_view text, std::string_view pattern, bool is_caseless,
                     std::vector<std::string>& captures)
{
    const auto pieces = pieces_of(pattern);
    struct Taken {
        std::size_t from, to;
    };
    std::vector<Taken> taken(pieces.size(), {0, 0});
    std::size_t at = 0, piece = 0, star = pieces.size();
    while (at < text.size() || piece < pieces.size()) {
        if (piece < pieces.size() && pieces[piece].kind == Piece::star) {
            star = piece;
            taken[piece++] = {at, at};
            continue;
        }
        const bool fits = piece < pieces.size() && at < text.size() &&
                          (pieces[piece].kind == Piece::any || same(pieces[piece].c, text[at], is_caseless));
        if (fits) {
            taken[piece++] = {at, at + 1};
            ++at;
            continue;
        }
        if (star == pieces.size() || taken[star].to >= text.size())
            return false;
        at = ++taken[star].to;
        piece = star + 1;
    }
    captures.assign(1, std::string(text));
    for (std::size_t i = 0; i < pieces.size() && captures.size() < 100; ++i)
        if (pieces[i].kind != Piece::letter)
            captures.emplace_back(text.substr(taken[i].from, taken[i].to - taken[i].from));
    return true;
}

Result<bool> Match::read_tag(Parser& parser)
{
    auto& scanner = parser.scanner();
    if (TRY(scanner.tag("comparator"))) {
        if (has_comparator_)
            return parser.error("comparator already specified");
        has_comparator_ = true;
        const auto name = TRY(parser.string("missing comparator"));
        const auto row = std::ranges::find_if(comparators, [&](const auto& known) { return same_nocase(known.name, name); });
        if (row == comparators.end())
            return parser.error("invalid comparator \"" + name + "\"");
        if (!row->is_basic)
            TRY(parser.needs("comparator-" + std::string(row->name)));
        comparator_ = row->comparator;
        return true;
    }
    constexpr std::string_view names[] = {"is", "contains", "matches", "value", "count"};
    const auto tag = scanner.look_tag();
    const auto name = std::ranges::find(names, tag);
    if (tag.empty() || name == std::end(names))
        return false;
    if (has_type_)
        return parser.error("match type already specified");
    has_type_ = true;
    TRY(scanner.tag(tag));
    type_ = static_cast<MatchType>(name - std::begin(names));
    if (type_ == MatchType::value || type_ == MatchType::count) {
        TRY(parser.needs("relational"));
        const auto word = lower(TRY(parser.string("missing relation")));
        const auto relation = std::ranges::find(relations, word);
        if (relation == std::end(relations))
            return parser.error("invalid relation \"" + word + "\"");
        relation_ = static_cast<Relation>(relation - std::begin(relations));
    }
    return true;
}

Result<bool> Match::one(Run& run, const std::string& value, const std::string& key) const
{
    TRY(run.count_step());
    const bool is_caseless = comparator_ == Comparator::ascii_casemap;
    switch (type_) {
    case MatchType::is:
        return compare(comparator_, value, key) == 0;
    case MatchType::contains:
        return is_caseless ? key.empty() || find_nocase(value, key) != std::string_view::npos
                           : value.find(key) != std::string::npos;
    case MatchType::matches: {
        std::vector<std::string> captures;
        if (!matches_pattern(value, key, is_caseless, captures))
            return false;
        if (run.has_variables)
            run.set_captures(std::move(captures));
        return true;
    }
    default:
        return holds(relation_, compare(comparator_, value, key));
    }
}

Result<bool> Match::any(Run& run, const std::vector<std::string>& values, const std::vector<std::string>& keys) const
{
    const auto wanted = TRY(run.expand(keys));
    if (type_ == MatchType::count) {
        const auto number = std::to_string(values.size());
        for (const auto& key : wanted)
            if (TRY(one(run, number, key)))
                return true;
        return false;
    }
    for (const auto& value : values)
        for (const auto& key : wanted)
            if (TRY(one(run, value, key)))
                return true;
    return false;
}

namespace {

const RegisterCapability capabilities[] = {
    RegisterCapability{{.name = "comparator-i;octet", .doc = "RFC 4790"}},
    RegisterCapability{{.name = "comparator-i;ascii-casemap", .doc = "RFC 4790"}},
    RegisterCapability{{.name = "comparator-en;ascii-casemap", .doc = "as Exim has it"}},
    RegisterCapability{{.name = "comparator-i;ascii-numeric", .doc = "RFC 4790"}},
    RegisterCapability{{.name = "relational", .doc = "RFC 5231"}},
};

}
}
