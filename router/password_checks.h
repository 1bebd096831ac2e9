// The conditions of expansions that check a password somewhere: ldapauth asks a directory. The others are refused
// by name (conf/refused_words.h); a tool that meets one says so.
#pragma once

#include "common/expand/effects.h"
#include "common/lookup/lookups.h"

namespace gp::router {

class PasswordChecks final : public expand::PasswordChecks {
public:
    explicit PasswordChecks(const lookup::Lookups& lookups) : lookups_(lookups) {}
    Result<bool> check(std::string_view method, const std::vector<std::string>& arguments) override;

private:
    const lookup::Lookups& lookups_;
};

}
