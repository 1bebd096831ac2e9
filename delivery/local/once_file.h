// Who was answered, and when: the memory of an automatic reply. A Berkeley DB file as Exim's, or with a limit on its
// size a plain file of times and addresses, where the oldest make room. It is the user's and may be lost.
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include "common/base/result.h"

namespace gp::local {

class OnceFile {
public:
    // largest 0: a database without limit. Locked as long as it is open.
    static Result<std::unique_ptr<OnceFile>> open(const std::string& path, std::uint32_t mode, std::size_t largest,
                                                  const std::string& transport);
    virtual ~OnceFile() = default;
    virtual std::optional<std::time_t> last(const std::string& address) = 0;
    virtual Status remember(const std::string& address, std::time_t when) = 0;
};

}
