// Files as a local user sees them. Router has no right of any user: what only the user may see is asked of
// launcher, whose child becomes the user (delivery/local/file_protocol.h). Nothing is remembered from one message to
// the next. The command-line tools have no launcher and see with their caller's rights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/expand/effects.h"
#include "common/filter/run.h"
#include "common/ipc/link.h"
#include "delivery/local/file_protocol.h"
#include "delivery/local/interpret_protocol.h"
#include "delivery/local/room_protocol.h"

namespace gp::router {

// Who asks for a user; suspends. An error of the configuration with Cause::refused: nobody may act as that user.
class UserEyes {
public:
    virtual ~UserEyes() = default;
    virtual Result<launcher::FileReply> look(const launcher::FileQuestion& question) = 0;
    // What the user's own file wants done (delivery/local/interpret_protocol.h).
    virtual Result<launcher::InterpretReply> obey(const launcher::InterpretQuestion& question) = 0;
    // Whether a user's mailbox has room (delivery/local/room_protocol.h).
    virtual Result<launcher::RoomReply> measure(const launcher::RoomQuestion& question) = 0;
};

class LauncherEyes final : public UserEyes {
public:
    LauncherEyes(ipc::Link& launcher, std::uint32_t timeout) : launcher_(launcher), timeout_(timeout) {}
    Result<launcher::FileReply> look(const launcher::FileQuestion& question) override;
    Result<launcher::InterpretReply> obey(const launcher::InterpretQuestion& question) override;
    Result<launcher::RoomReply> measure(const launcher::RoomQuestion& question) override;

private:
    ipc::Link& launcher_;
    const std::uint32_t timeout_; // seconds
};

struct UserIds {
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> groups;
    std::string login = {};
    std::string text() const; // "(euid=1000 egid=1000)", as Exim's errors end
};

class UserFiles final : public expand::Files, public filter::Journal {
public:
    UserFiles(UserEyes& eyes, UserIds ids) : eyes_(eyes), ids_(std::move(ids)) {}
    Result<expand::FileStatus> status(const std::string& path) override;
    Result<expand::FileContent> open(const std::string& path, std::size_t largest) override;
    Room room(const std::string&) override { return {}; }
    // Whether it is there and the user could read it.
    Result<bool> may_read(const std::string& path);
    // Whether the folder is there of a file that is not; the answer about the file has told it already.
    Status folder_of_missing(const std::string& path);
    // With the user's ids.
    Result<launcher::InterpretReply> obey(launcher::InterpretQuestion question);
    // A line of a filter's own log.
    Status write(const std::string& file, std::uint32_t mode, std::string_view text) override;

private:
    Result<launcher::FileReply> ask(launcher::FileQuestion question);
    Error error_of(std::uint32_t number) const;
    UserEyes& eyes_;
    const UserIds ids_;
    std::string folder_;                        // of the last file that was not there …
    std::optional<std::uint32_t> folder_error_; // … and what is wrong with it
};

// With the rights of this process, and where those do not reach with the user's: for the administrator's own
// conditions on a user's files.
class AnybodysFiles final : public expand::Files {
public:
    AnybodysFiles(expand::Files& own, UserEyes& eyes, UserIds ids) : own_(own), users_(eyes, std::move(ids)) {}
    Result<expand::FileStatus> status(const std::string& path) override;
    Result<expand::FileContent> open(const std::string& path, std::size_t largest) override;
    Room room(const std::string& path) override { return own_.room(path); }

private:
    expand::Files& own_;
    UserFiles users_;
};

// launcher says that nobody may act as this user: root, never_users, system users that no transport names.
bool is_nobodys(const Error& error);

}
