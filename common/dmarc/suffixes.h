// The list of public suffixes (publicsuffix.org): below which names strangers register theirs. By it the domain of an
// organisation is told, RFC 7489 section 3.2.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/result.h"

namespace gp::dmarc {

class Suffixes {
public:
    // The list as it is published: a rule a line, "//" before remarks. Names in UTF-8 become A-labels.
    static Suffixes parse(std::string_view list);
    static Result<Suffixes> read(const std::string& path);

    // The public suffix and one label before it; the domain itself where it has no more labels than that.
    std::string organisation_of(std::string_view domain) const;
    std::size_t size() const { return rules_.size(); }

private:
    enum class Rule : unsigned char { name, wildcard, exception }; // "uk", "*.ck", "!www.ck"
    std::size_t labels_of_suffix(std::string_view domain) const;

    std::unordered_map<std::string, unsigned> rules_; // bits of (1 << Rule)
};

}
