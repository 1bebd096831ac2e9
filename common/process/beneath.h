// Files by name below a directory that is open already, through no link of any kind: what master, the
// launcher's children and the spool use where somebody else may write.
#pragma once

#include <sys/types.h>

#include "common/base/owned_fd.h"

namespace gp::process {

// As openat(2), close-on-exec; ELOOP or EXDEV for a name that leads over a link or out of the directory. An
// empty descriptor leaves errno as the kernel set it.
OwnedFd open_beneath(int directory, const char* name, int flags, mode_t mode = 0);

}
