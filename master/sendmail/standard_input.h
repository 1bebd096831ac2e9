// The message on standard input, up to its end or to a line with a dot alone (manual 5.3, -i).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/event/deadline.h"
#include "master/sendmail/message_source.h"

namespace gp::sendmail {

class StandardInput final : public MessageSource {
public:
    explicit StandardInput(bool dot_ends) : dot_ends_(dot_ends) {}
    // From now on the whole message has so many seconds to come; 0: as long as it takes.
    void limit(std::uint32_t seconds) override;
    // The next octets, or an empty string at the end.
    Result<std::string> read() override;

private:
    // Where the message ends in `text`, and what of the end must be kept because a dot line may begin there.
    std::string cut(std::string text);

    Status await() const;

    bool dot_ends_;
    event::Deadline until_ = event::Deadline::never();
    bool ended_ = false;
    std::string kept_;         // the beginning of a line that may be ".\n"
    bool at_line_start_ = true;
};

}
