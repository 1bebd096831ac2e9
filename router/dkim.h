// The signatures that a transport asks for (manual 57.1): its dkim_… options, expanded for each domain and selector.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conf/params/configuration.h"
#include "router/ground.h"
#include "router/protocol.h"

namespace gp::router {

class DkimOptions {
public:
    // Nothing when the transport does not sign.
    static Result<std::optional<DkimOptions>> read(const Ground& ground, const conf::Driver& transport);
    // One option "dkim_signature" for each. An error is a deferral: dkim_strict wants it so.
    Status fill(expand::Scene& scene, std::vector<Option>& options) const;

private:
    struct Values;
    Result<std::optional<std::string>> value(std::string_view option, expand::Scene& scene) const;
    Result<std::optional<Option>> signature(expand::Scene& scene, const Text& domain, const Text& selector) const;
    Status failed(expand::Scene& scene, const std::string& why) const;

    std::string transport_;
    std::map<std::string, expand::Expression, std::less<>> texts_; // by option
};

}
