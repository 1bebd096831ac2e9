// Header texts as tests see them, the addresses in them, and which of several of a name a test wants.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/sieve/parser.h"
#include "common/sieve/run.h"

namespace gp::sieve {

// :index N and :last (RFC 5260 section 6).
class Index {
public:
    Result<bool> read_tag(Parser& parser);
    Status check(const Parser& parser) const; // :last wants :index

    template <class T>
    std::vector<T> choose(std::vector<T> all) const
    {
        if (!number_)
            return all;
        const auto index = static_cast<std::size_t>(number_);
        if (index > all.size())
            return {};
        return {all[is_last_ ? all.size() - index : index - 1]};
    }

private:
    std::int64_t number_ = 0; // 0: all
    bool is_last_ = false;
};

// Of all headers of that name: unfolded, trimmed, encoded words decoded to UTF-8 where they can be.
std::vector<std::string> header_values(Run& run, std::string_view name);
// The same, but as they came.
std::vector<std::string> raw_header_values(Run& run, std::string_view name);
bool has_header(Run& run, std::string_view name);
bool is_header_name(std::string_view name);

// :all, :localpart, :domain, :user, :detail of an address (RFC 5228 section 2.7.4, RFC 5233).
class AddressPart {
public:
    Result<bool> read_tag(Parser& parser);
    // False: this address has no such part, and matches nothing.
    bool cut(std::string_view address, std::string& part) const;
    // What the router says of the recipient's :user and :detail (manual 22.9, sieve_useraddress, sieve_subaddress).
    std::optional<std::string> told(const filter::Rules& rules) const;

private:
    enum class Which { all, local_part, domain, user, detail } which_ = Which::all;
    bool is_set_ = false;
};

}
