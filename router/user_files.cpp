#include "router/user_files.h"

#include <cerrno>

#include "common/base/text.h"

namespace gp::router {
namespace {

constexpr std::uint32_t answer_slack = 5; // seconds: launcher's own deadline comes first

using launcher::FileQuestion;
using launcher::FileReply;

expand::FileStatus status_of(const FileReply& reply)
{
    return {.mode = reply.mode,
            .inode = reply.inode,
            .device = reply.device,
            .links = reply.links,
            .uid = reply.uid,
            .gid = reply.gid,
            .size = reply.size,
            .accessed = reply.accessed,
            .modified = reply.modified,
            .changed = reply.changed};
}

bool may_be_users(const Error& error)
{
    return error.cause == Cause::refused;
}

}

bool is_nobodys(const Error& error)
{
    return error.cause == Cause::refused && error.blame == Blame::configuration;
}

std::string UserIds::text() const
{
    return "(euid=" + std::to_string(uid) + " egid=" + std::to_string(gid) + ")";
}

Result<FileReply> LauncherEyes::look(const FileQuestion& question)
{
    return launcher_.call(question, event::Deadline::in(Duration{std::int64_t{timeout_ + answer_slack} * 1000}));
}

Result<launcher::InterpretReply> LauncherEyes::obey(const launcher::InterpretQuestion& question)
{
    return launcher_.call(question, event::Deadline::in(Duration{std::int64_t{timeout_ + answer_slack} * 1000}));
}

Result<launcher::RoomReply> LauncherEyes::measure(const launcher::RoomQuestion& question)
{
    return launcher_.call(question, event::Deadline::in(Duration{std::int64_t{timeout_ + answer_slack} * 1000}));
}

Result<launcher::InterpretReply> UserFiles::obey(launcher::InterpretQuestion question)
{
    question.uid = ids_.uid;
    question.gid = ids_.gid;
    question.groups = ids_.groups;
    question.login = ids_.login;
    return eyes_.obey(question);
}

Result<FileReply> UserFiles::ask(FileQuestion question)
{
    question.uid = ids_.uid;
    question.gid = ids_.gid;
    question.groups = ids_.groups;
    question.login = ids_.login;
    auto reply = TRY(eyes_.look(question));
    if (reply.error == 0)
        return reply;
    folder_error_.reset();
    if (reply.error == ENOENT) {
        folder_ = question.path.substr(0, question.path.rfind('/') + 1);
        folder_error_ = reply.folder_error;
    }
    return error_of(reply.error);
}

Error UserFiles::error_of(std::uint32_t number) const
{
    auto error = expand::file_error(static_cast<int>(number));
    if (error.cause == Cause::refused)
        error.text += " " + ids_.text();
    return error;
}

Status UserFiles::folder_of_missing(const std::string& path)
{
    const auto folder = path.substr(0, path.rfind('/') + 1);
    if (!folder_error_ || folder != folder_) {
        const auto found = status(folder + ".");
        return found ? Status{} : Status{found.error()};
    }
    return *folder_error_ ? Status{error_of(*folder_error_)} : Status{};
}

Result<expand::FileStatus> UserFiles::status(const std::string& path)
{
    return status_of(TRY(ask({.path = path})));
}

Result<bool> UserFiles::may_read(const std::string& path)
{
    return TRY(ask({.path = path})).may_read;
}

Result<expand::FileContent> UserFiles::open(const std::string& path, std::size_t largest)
{
    auto reply = TRY(ask({.kind = FileQuestion::Kind::read, .path = path, .largest = largest}));
    if (reply.is_too_big)
        return temporary("is too big", Cause::too_big);
    return expand::FileContent{status_of(reply), std::move(reply.content)};
}

Status UserFiles::write(const std::string& file, std::uint32_t mode, std::string_view text)
{
    const auto reply = TRY(ask({.kind = FileQuestion::Kind::append, .path = file, .text = std::string(text), .mode = mode}));
    return reply.is_irregular ? temporary(file + " is not a regular file") : Status{};
}

Result<expand::FileStatus> AnybodysFiles::status(const std::string& path)
{
    auto found = own_.status(path);
    if (found || !may_be_users(found.error()))
        return found;
    auto users = users_.status(path);
    return users || !is_nobodys(users.error()) ? users : found;
}

Result<expand::FileContent> AnybodysFiles::open(const std::string& path, std::size_t largest)
{
    auto found = own_.open(path, largest);
    if (found || !may_be_users(found.error()))
        return found;
    auto users = users_.open(path, largest);
    return users || !is_nobodys(users.error()) ? users : found;
}

}
