// Root works in a service's folder as that service, so that no name in there leads root to another's file.
#pragma once

#include <string>

#include "common/base/result.h"

namespace gp::utilities {

// For good: the folder's owner, with the groups of the folder and of `file` in it. Nothing is done when we are not root or the
// folder is root's. An error when the folder is not there or the kernel refuses.
Status become_owner_of_folder(const std::string& file);

// Nothing when the file, not what a symbolic link stands for, is a regular one that belongs to us; root, who stayed so in a
// folder of root's own, may change anybody's. Else why it is left alone.
Status expect_own_file(const std::string& path);

}
