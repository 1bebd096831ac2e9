// Names messages that may be delivered twice: their lines must be in the main log before anybody tries again,
// whatever is killed meanwhile, the log service included. While a message is being named it counts as leased.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/event/loop.h"
#include "common/spool/index.h"

namespace gp::spoold {

class Uncertain {
public:
    // Writes a line of the main log and returns when it is in the file, or when that was waited for long enough.
    using WriteLine = std::function<Status(std::string_view line)>;

    // Without `write`, lines go where all others do.
    explicit Uncertain(WriteLine write) : write_(std::move(write)) {}

    // `who` was lost while finishing these; then, perhaps in another turn of the loop, `then`.
    void name(const spool::Key& id, const std::vector<std::string>& children, std::string_view who,
              std::function<void()> then);
    // On a fiber: returns when it is named.
    void name_now(const spool::Key& id, const std::vector<std::string>& children, std::string_view who);

    bool is_naming(const spool::Key& id) const { return naming_.contains(id); }
    bool is_busy() const { return !naming_.empty(); }

private:
    void write(const std::string& line);

    const WriteLine write_;
    std::map<spool::Key, unsigned> naming_; // how many lines of it are on their way
};

}
