// Has a message examined by a scanner that is already connected.
#pragma once

#include "cleanup/scan/protocol.h"
#include "cleanup/scan/scratch.h"
#include "common/base/registry.h"
#include "common/scan/scanner.h"

namespace gp::scan {

Result<ExamineReply> examine(const Registry<Scanner>& scanners, const Scratch& scratch, const Examine& question);

}
