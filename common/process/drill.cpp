#include "common/process/drill.h"

namespace gp::process::drill {

Rehearsal rehearsal = nullptr;

}
