#include "router/required_files.h"

#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::router {
namespace {

// For whom the files after a "user,group" item must be accessible.
struct Viewer {
    std::uint32_t uid = 0, gid = 0;
    std::string login = {};
};

Result<Viewer> viewer_named(std::string_view item)
{
    const auto comma = item.find(',');
    const auto name = std::string(trim(item.substr(0, comma)));
    Viewer viewer;
    std::optional<std::uint32_t> gid;
    if (const auto number = parse_unsigned(name)) {
        viewer.uid = static_cast<std::uint32_t>(*number);
    } else {
        const auto user = TRY(find_user(name));
        if (!user)
            return temporary("user \"" + escape(name) + "\" for require_files not found");
        viewer.uid = user->uid;
        viewer.login = user->login;
        gid = user->gid;
    }
    if (comma != std::string_view::npos) {
        const auto group = trim(item.substr(comma + 1));
        gid = group_named(group);
        if (!gid)
            return temporary("group \"" + escape(group) + "\" for require_files not found");
    }
    if (!gid)
        return misconfigured("group missing after numerical uid " + escape(name) + " for require_files");
    viewer.gid = *gid;
    return viewer;
}

// A rough check by owner, group and mode, as the manual promises: x on directories, r on the file.
bool may(const expand::FileStatus& file, const Viewer& who, unsigned right)
{
    if (who.uid == 0)
        return true;
    const unsigned shift = file.uid == who.uid ? 6 : file.gid == who.gid ? 3 : 0;
    return ((file.mode >> shift) & right) != 0;
}

enum class Seen { yes, no, denied };

Result<Seen> look(expand::Files& files, const std::string& path, const std::optional<Viewer>& viewer)
{
    if (viewer)
        for (std::size_t slash = 0; slash != std::string::npos; slash = path.find('/', slash + 1)) {
            auto directory = files.status(slash == 0 ? "/" : path.substr(0, slash));
            if (!directory)
                break; // the status of the whole path says why
            if (!may(*directory, *viewer, 1))
                return Seen::denied;
        }
    auto status = files.status(path);
    if (status)
        return !viewer || may(*status, *viewer, 4) ? Seen::yes : Seen::denied;
    if (status.error().cause == Cause::not_found)
        return Seen::no;
    if (status.error().cause == Cause::refused)
        return Seen::denied;
    return temporary("require_files: " + path + ": " + status.error().text);
}

// As the user, or with no right of anybody's to go by, the rough way.
Result<Seen> look_as(UserEyes& eyes, expand::Files& files, const std::string& path, const Viewer& viewer)
{
    const auto seen = UserFiles{eyes, {viewer.uid, viewer.gid, {}, viewer.login}}.may_read(path);
    if (seen)
        return *seen ? Seen::yes : Seen::denied;
    if (is_nobodys(seen.error()))
        return look(files, path, viewer);
    if (seen.error().cause == Cause::not_found)
        return Seen::no;
    if (seen.error().cause == Cause::refused)
        return Seen::denied;
    return temporary("require_files: " + path + ": " + seen.error().text);
}

struct Wanted {
    std::string_view path;
    bool absent = false, denied_is_no = false;
};

Wanted parse(std::string_view item)
{
    Wanted wanted;
    while (item.starts_with('!') || item.starts_with('+')) {
        (item.front() == '!' ? wanted.absent : wanted.denied_is_no) = true;
        item = trim(item.substr(1));
    }
    wanted.path = item;
    return wanted;
}

}

Result<bool> required_files_are_there(const std::vector<expand::Expression>& items, expand::Scene& scene, UserEyes* eyes)
{
    std::optional<Viewer> viewer;
    for (const auto& expression : items) {
        auto words = expression.expand(scene);
        if (!words && words.error().cause == Cause::forced_fail)
            continue;
        if (!words)
            return temporary("failed to expand \"" + expression.source() + "\" for require_files: " + words.error().text);
        const auto text = trim(words->text);
        if (text.empty())
            continue;
        if (text.find('/') == std::string_view::npos) {
            viewer = TRY(viewer_named(text));
            continue;
        }
        const auto wanted = parse(text);
        if (!wanted.path.starts_with('/'))
            return misconfigured("require_files: \"" + escape(wanted.path) + "\" is not an absolute path");
        // A stranger's words may be in it, as in Exim: nothing but "it is there" is learnt.
        const std::string path{wanted.path};
        auto seen = TRY(viewer && eyes ? look_as(*eyes, *scene.files(), path, *viewer) : look(*scene.files(), path, viewer));
        if (seen == Seen::denied && wanted.denied_is_no)
            seen = Seen::no;
        if (seen == Seen::denied)
            return temporary("require_files: error for " + path + ": Permission denied");
        if ((seen == Seen::yes) == wanted.absent)
            return false;
    }
    return true;
}

}
