// What the machine says while a configuration is read: its name, users and groups. Each answer is noted,
// so that the flattened form gives every process of the suite the same answers without asking again.
#pragma once

#include <map>
#include <string>

#include "common/config/reader.h"

namespace gp::conf {

class Facts {
public:
    using Noted = std::map<std::string, std::string, std::less<>>;

    // Asks the system, or the names given, and notes the answers.
    Facts(std::string host_name, const config::Names* names);
    // Answers from what was noted.
    explicit Facts(Noted noted);
    Facts(const Facts&) = delete;
    Facts& operator=(const Facts&) = delete;

    std::string host_name();
    std::string group_name(std::uint32_t id); // or the number as text
    std::string value(std::string_view name, std::string_view when_asked); // noted, or `when_asked` and then noted
    const config::Names& names() const { return names_; }
    const Noted& noted() const { return noted_; }

private:
    std::optional<config::Identity> find(std::string_view kind, std::string_view name);

    Noted noted_;
    bool is_fixed_ = false;
    std::string given_host_name_;
    config::Names system_;
    config::Names names_; // what the reader gets
};

// This host's fully qualified name as far as uname and the hosts file know it; no DNS is asked.
std::string system_host_name();

}
