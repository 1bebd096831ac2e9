// -bm and plain calls: hands the message on standard input to the suite.
#include "master/sendmail/send.h"

#include <cstdio>

#include "master/sendmail/control.h"

namespace gp::sendmail {
namespace {

int send_message(const Options& options)
{
    if (options.letter.recipients.empty() && !options.letter.extract_recipients) { // as Exim: nothing is read
        std::fputs("Exim is a Mail Transfer Agent. It is normally called by Mail User Agents,\n"
                   "not directly from a shell command line. Options and/or arguments control\n"
                   "what it does when called. For a list of options, see the Exim documentation.\n",
                   stderr);
        return 1;
    }
    return with_suite(options, send, Obeys::its_own_configuration);
}

const RegisterMode entry{{.name = "-bm",
                          .run = send_message,
                          .doc = "a message on standard input"}};

}
}
