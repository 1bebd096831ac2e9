// One mailbox format into the other: mbox to Maildir and back. The source is only read, under its locks; what an
// interrupted run has copied is recognised by its content and not copied again, so a conversion can be repeated until it
// has found nothing more to do. Lines that begin with "From " travel as mboxrd has them, and come back as they were.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/result.h"

namespace gp::control {

struct Converted {
    std::size_t copied = 0, there_already = 0;
};

Result<Converted> mbox_to_maildir(const std::string& mbox, const std::string& maildir);
Result<Converted> maildir_to_mbox(const std::string& maildir, const std::string& mbox);

}
