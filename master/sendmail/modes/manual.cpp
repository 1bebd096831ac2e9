// --manual: sendmail(8), written from the modes that are linked in.
#include <cstdio>

#include "common/config/roff.h"
#include "master/sendmail/option_table.h"

namespace gp::sendmail {
namespace {

int manual(const Options&)
{
    config::Roff page{"sendmail", "8", "hands mail to Gatepost, and asks about it"};
    page.heading("SYNOPSIS")
        .paragraph("sendmail [option]... [address]...\nexim [option]... [address, message id or file]...\nmailq, "
                   "newaliases, runq, rmail")
        .heading("DESCRIPTION")
        .paragraph("The front end that programs and people know from sendmail and Exim. It runs with its caller's rights "
                   "and has no set-id bit: mail goes to the running suite over a socket, or waits in its drop "
                   "directory; questions about the queue go to the suite, which knows the caller by the kernel's word.")
        .paragraph("The options are Exim's, which has sendmail's among them; chapter 5 of Exim's manual describes them. One "
                   "that is not supported is refused by name. What can be asked for:")
        .heading("MODES");
    const auto modes = Registry<Mode>::linked();
    for (const auto& mode : modes.all())
        page.item(mode.name, mode.doc);
    page.heading("OPTIONS");
    for (const auto& row : option_rows())
        if (row.obey)
            page.item(row.word, row.text);
    page.heading("WHAT IS REFUSED");
    for (const auto& row : option_rows())
        if (!row.obey && !modes.find(row.word))
            page.item(row.word, row.text);
    page.heading("EXIT STATUS")
        .paragraph("0: the message is on stable storage, or what was asked for is done. 75: try later. Others are Exim's.")
        .heading("SEE ALSO")
        .paragraph("gatepost(8), gatepost.conf(5)");
    std::fwrite(page.text().data(), 1, page.text().size(), stdout);
    return 0;
}

const RegisterMode entry{{.name = "--manual", .run = manual, .doc = "the manual page of this command, for man -l -"}};

}
}
