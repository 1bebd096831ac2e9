// How texts are compared: comparators, match types, and the tags of a test that choose them (RFC 5228 section
// 2.7, RFC 5231 for counts and values).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/sieve/parser.h"
#include "common/sieve/run.h"

namespace gp::sieve {

enum class Comparator { octet, ascii_casemap, ascii_numeric };
enum class MatchType { is, contains, matches, value, count };
enum class Relation { gt, ge, lt, le, eq, ne };

class Match {
public:
    // One of :comparator, :is, :contains, :matches, :value, :count at the parser; false: none is there.
    Result<bool> read_tag(Parser& parser);

    // Whether some value matches some key. Captures are set for :matches (RFC 5229 section 3.2).
    Result<bool> any(Run& run, const std::vector<std::string>& values, const std::vector<std::string>& keys) const;

private:
    Result<bool> one(Run& run, const std::string& value, const std::string& key) const;

    Comparator comparator_ = Comparator::ascii_casemap;
    MatchType type_ = MatchType::is;
    Relation relation_ = Relation::eq;
    bool has_comparator_ = false, has_type_ = false;
};

// * and ? with backslash; what they stood for goes to `captures`, the whole text first.
bool matches_pattern(std::string_view text, std::string_view pattern, bool is_caseless,
                     std::vector<std::string>& captures);

}
