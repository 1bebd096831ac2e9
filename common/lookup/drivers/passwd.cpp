// passwd: a user of this system, by name (manual 9.4): *:uid:gid:gecos:home:shell.

#include <pwd.h>

#include <cerrno>
#include <cstring>

#include "common/lookup/lookup.h"

namespace gp::lookup {
namespace {

constexpr std::size_t largest_entry = 1024 * 1024;

class Users final : public Source {
public:
    Result<Answer> find(const Question& question) override
    {
        const std::string name(question.key);
        std::string room(4096, '\0');
        struct passwd entry {};
        struct passwd* found = nullptr;
        int error = 0;
        while ((error = ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found)) == ERANGE &&
               room.size() < largest_entry)
            room.resize(room.size() * 4);
        if (found)
            return Answer::with("*:" + std::to_string(entry.pw_uid) + ':' + std::to_string(entry.pw_gid) + ':' +
                                entry.pw_gecos + ':' + entry.pw_dir + ':' + entry.pw_shell);
        // getpwnam(3): these mean that there is no such user.
        if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM)
            return Answer::none();
        return temporary("the user data base cannot be read: " + std::string(std::strerror(error)));
    }
};

Result<std::unique_ptr<Source>> open(const Environment&, const std::string&)
{
    return std::unique_ptr<Source>(std::make_unique<Users>());
}

const RegisterLookup self{{
    .name = "passwd",
    .style = Style::query,
    .open = open,
    .doc = "A user of this system.",
}};

}
}
