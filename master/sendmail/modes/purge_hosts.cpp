// -bH: sendmail's word for forgetting what is known of hosts. That expires by itself here (retry_data_expire, the times of
// callouts), as in Postfix, whose sendmail takes the word and does nothing.

#include "master/sendmail/mode.h"
#include "master/sendmail/options.h"

namespace gp::sendmail {
namespace {

int purge(const Options&)
{
    return 0;
}

const RegisterMode entry{{.name = "-bH", .run = purge, .doc = "nothing: what is known of hosts expires by itself (exim_tidydb makes it forget at once)"}};

}
}
