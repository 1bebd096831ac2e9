// ${stat:/path}: facts about a file, as name=value pairs.

#include <sys/stat.h>

#include "common/expand/operator.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

// As ls shows it: drwxr-xr-x.
std::string symbolic(std::uint32_t mode)
{
    std::string out;
    out += S_ISREG(mode)    ? '-'
           : S_ISDIR(mode)  ? 'd'
           : S_ISCHR(mode)  ? 'c'
           : S_ISBLK(mode)  ? 'b'
           : S_ISFIFO(mode) ? 'p'
           : S_ISSOCK(mode) ? 's'
                            : '?';
    constexpr std::string_view letters = "rwxrwxrwx";
    for (std::size_t i = 0; i < letters.size(); ++i)
        out += mode & (0400u >> i) ? letters[i] : '-';
    if (mode & S_ISUID)
        out[3] = out[3] == 'x' ? 's' : 'S';
    if (mode & S_ISGID)
        out[6] = out[6] == 'x' ? 's' : 'S';
    if (mode & S_ISVTX)
        out[9] = out[9] == 'x' ? 't' : 'T';
    return out;
}

std::string octal(std::uint32_t mode)
{
    std::string out;
    do
        out.insert(out.begin(), static_cast<char>('0' + (mode & 7)));
    while ((mode >>= 3) != 0);
    return out.size() < 4 ? std::string(4 - out.size(), '0') + out : out;
}

Result<Text> status(const OperatorCall& call)
{
    if (call.scene.is_forbidden("stat"))
        return misconfigured("Use of the stat() expansion is not permitted");
    if (!call.scene.files())
        return misconfigured("the stat operator is not available here");
    const auto found = call.scene.files()->status(call.subject.text);
    if (!found)
        return temporary("stat(" + call.subject.text + ") failed: " + found.error().text, found.error().cause);
    const auto pair = [](std::string_view name, std::string value) { return std::string(name) + '=' + value; };
    return Text::clean(pair("mode", octal(found->mode & 077777)) + pair(" smode", symbolic(found->mode)) +
                       pair(" inode", std::to_string(found->inode)) + pair(" device", std::to_string(found->device)) +
                       pair(" links", std::to_string(found->links)) + pair(" uid", std::to_string(found->uid)) +
                       pair(" gid", std::to_string(found->gid)) + pair(" size", std::to_string(found->size)) +
                       pair(" atime", std::to_string(found->accessed)) +
                       pair(" mtime", std::to_string(found->modified)) +
                       pair(" ctime", std::to_string(found->changed)));
}

const RegisterOperator self{{
    .name = "stat",
    .apply = status,
    .doc = "Mode, owner, size and times of a file.",
}};

}
}
