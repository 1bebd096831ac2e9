// Files as a user sees them. Router has no right to read a user's .forward and needs none: it asks launcher, whose
// child becomes the user, looks, and ends. What the child says is the user's word and worth no more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gp::launcher {

struct FileReply {
    static constexpr std::size_t max_size = 5 * 1024 * 1024;
    std::uint32_t error = 0;      // what the kernel said; 0: it is there, and done
    std::uint32_t folder_error = 0; // of a file that is not there: what the kernel said of its folder
    bool is_irregular = false;    // a directory, a device, a FIFO: it is not read
    bool is_too_big = false;
    bool may_read = false;        // looked at: the user could read it, too
    bool is_unnamed = false;      // the configuration names no such file: nobody looked
    std::string failure;          // why the child could not become the user; empty: it did
    std::uint32_t mode = 0;
    std::uint64_t inode = 0, device = 0, links = 0, uid = 0, gid = 0, size = 0;
    std::int64_t accessed = 0, modified = 0, changed = 0;
    std::string content;          // of the same file that the rest speaks of
    static void fields(auto& self, auto&& field)
    {
        field("error", self.error);
        field("folder_error", self.folder_error);
        field("is_irregular", self.is_irregular);
        field("is_too_big", self.is_too_big);
        field("may_read", self.may_read);
        field("is_unnamed", self.is_unnamed);
        field("failure", self.failure);
        field("mode", self.mode);
        field("inode", self.inode);
        field("device", self.device);
        field("links", self.links);
        field("uid", self.uid);
        field("gid", self.gid);
        field("size", self.size);
        field("accessed", self.accessed);
        field("modified", self.modified);
        field("changed", self.changed);
        field("content", self.content);
    }
};

// "What is this to that user?" An error with Cause::refused: nobody may act as that user here.
struct FileQuestion {
    enum class Kind : std::uint8_t { look, read, append };
    static constexpr std::string_view name = "user_file";
    static constexpr std::size_t max_size = 256 * 1024;
    using Reply = FileReply;
    Kind kind = Kind::look;
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> groups;
    std::string login;          // one of that uid's; empty: the password file's first
    std::string path;           // absolute
    std::uint64_t largest = 0;  // octets that are read
    std::string text;           // what is appended …
    std::uint32_t mode = 0600;  // … to a file that is made with this mode
    static void fields(auto& self, auto&& field)
    {
        field("kind", self.kind);
        field("uid", self.uid);
        field("gid", self.gid);
        field("groups", self.groups);
        field("login", self.login);
        field("path", self.path);
        field("largest", self.largest);
        field("text", self.text);
        field("mode", self.mode);
    }
};
constexpr FileQuestion::Kind enum_limit(FileQuestion::Kind)
{
    return FileQuestion::Kind::append;
}

}
