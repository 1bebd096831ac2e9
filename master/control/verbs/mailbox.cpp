// gatepost mailbox convert FROM TO: an mbox into a Maildir, a Maildir into an mbox.

#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "common/process/identity.h"
#include "master/control/mailbox_convert.h"
#include "master/control/verb.h"

namespace gp::control {
namespace {

// Root does it as the mailbox's owner, in whose directories it writes; with the groups of the directories, since the
// one of all mailboxes may be writable by its group alone.
Status become_owner(const struct stat& mailbox, const std::string& from, const std::string& to)
{
    if (::geteuid() != 0 || mailbox.st_uid == 0)
        return {};
    process::Identity who{.uid = mailbox.st_uid, .gid = mailbox.st_gid, .groups = {mailbox.st_gid}};
    for (const auto& path : {from, to}) {
        struct stat about {};
        const auto slash = path.find_last_of('/');
        const auto directory = slash == std::string::npos ? std::string(".") : path.substr(0, std::max<std::size_t>(1, slash));
        if (::stat(directory.c_str(), &about) == 0 && about.st_gid != 0 && !std::ranges::count(who.groups, about.st_gid))
            who.groups.push_back(about.st_gid);
    }
    return process::become(who);
}

int convert(const Invocation& call)
{
    if (call.arguments.size() != 3 || call.arguments[0] != "convert")
        return fail(EX_USAGE, "mailbox convert FROM TO: from an mbox file to a Maildir directory, or back");
    const auto& from = call.arguments[1];
    const auto& to = call.arguments[2];
    struct stat about {};
    if (::lstat(from.c_str(), &about) != 0)
        return fail(EX_NOINPUT, system_error(from).text);
    if (S_ISLNK(about.st_mode))
        return fail(EX_NOINPUT, from + " is a symbolic link: name the mailbox itself");
    ::umask(077);
    sigset_t ends;
    ::sigemptyset(&ends);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        ::sigaddset(&ends, signal);
    ::sigprocmask(SIG_BLOCK, &ends, nullptr);
    if (const auto became = become_owner(about, from, to); !became)
        return fail(EX_OSERR, became.error().text);
    const auto done = S_ISDIR(about.st_mode) ? maildir_to_mbox(from, to) : mbox_to_maildir(from, to);
    if (!done)
        return fail(done.error().blame == Blame::temporary ? EX_TEMPFAIL : EX_DATAERR, done.error().text);
    if (call.json)
        std::printf("{\"copied\": %zu, \"there_already\": %zu}\n", done->copied, done->there_already);
    else
        std::printf("%zu copied, %zu there already; %s is as it was\n", done->copied, done->there_already, from.c_str());
    return EX_OK;
}

const RegisterVerb self{{
    .name = "mailbox",
    .usage = "mailbox convert FROM TO [--json]",
    .text = "Copies an mbox into a Maildir, or a Maildir into an mbox, under locks; can be repeated after an interruption.",
    .run = convert,
}};

}
}
