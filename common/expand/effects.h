// What an expansion may do outside of its own process or memory. Each is an interface that the program
// supplies: router asks other processes, the command-line tools act with the caller's rights, tests bring
// their own. Null means that the word is refused, with a message that says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/duration.h"
#include "common/base/result.h"
#include "common/base/tainted.h"

namespace gp::expand {

struct Scene;

// ${run{…}}: a program without a shell; standard output and error together.
struct RunResult {
    int code = 0;       // 127 when it could not be started
    std::string output;
};
class Runner {
public:
    virtual ~Runner() = default;
    virtual Result<RunResult> run(const std::vector<std::string>& arguments) = 0;
};

// ${readsocket{…}}
struct SocketRequest {
    std::string path;         // a Unix socket, or empty
    std::string host, port;   // inet: a name or an address, a number or a name
    std::string request;
    Duration timeout{std::chrono::seconds(5)};
    bool shutdown = true;     // end of file after the request
    bool tls = false;
};
class Sockets {
public:
    virtual ~Sockets() = default;
    // Everything until end of file. Error texts are shown as they are: "socket read timed out".
    virtual Result<std::string> ask(const SocketRequest& request) = 0;
};

// ${acl{…}}, the acl condition. The arguments are in scene.acl while it runs.
struct AclOutcome {
    enum class Verdict { accept, deny, defer, error } verdict = Verdict::error;
    std::optional<Text> message; // of the message modifier
};
class Acls {
public:
    virtual ~Acls() = default;
    virtual AclOutcome call(Scene& scene, const Text& name) = 0;
};

// Conditions that check a password: pam, radius, saslauthd, ldapauth.
class PasswordChecks {
public:
    virtual ~PasswordChecks() = default;
    virtual Result<bool> check(std::string_view method, const std::vector<std::string>& arguments) = 0;
};

// Files that an expansion names: readfile, exists, stat. Paths are absolute and not tainted.
struct FileStatus {
    std::uint32_t mode = 0;
    std::uint64_t inode = 0, device = 0, links = 0, uid = 0, gid = 0, size = 0;
    std::int64_t accessed = 0, modified = 0, changed = 0;
};
struct FileContent {
    FileStatus status; // of the file that was read, whatever has its name by now
    std::string octets;
};
class Files {
public:
    virtual ~Files() = default;
    // The error's text is the reason alone ("No such file or directory"), its cause not_found for ENOENT and ENOTDIR,
    // refused for EACCES and EPERM.
    virtual Result<FileStatus> status(const std::string& path) = 0;
    virtual Result<FileContent> open(const std::string& path, std::size_t largest) = 0;
    Result<std::string> read(const std::string& path, std::size_t largest);
    // Room on the disk of a path: kilobytes and inodes, -1 when unknown ($spool_space …).
    struct Room {
        std::int64_t kilobytes = -1, inodes = -1;
    };
    virtual Room room(const std::string& path) = 0;
};
// What the kernel said about a file, as the errors of Files have it.
Error file_error(int number);
// With this process's own rights: for tools, and for a router whose jail shows what it may read.
class OwnFiles final : public Files {
public:
    Result<FileStatus> status(const std::string& path) override;
    Result<FileContent> open(const std::string& path, std::size_t largest) override;
    Room room(const std::string& path) override;
};

// ${env{…}}: after keep_environment and add_environment.
class Environment {
public:
    virtual ~Environment() = default;
    virtual std::optional<std::string> get(const std::string& name) = 0;
};
class OwnEnvironment final : public Environment {
public:
    std::optional<std::string> get(const std::string& name) override;
};

// ${perl{…}}, ${dlfunc{…}}: code that is loaded from outside. nullopt is a forced failure.
class ForeignCode {
public:
    virtual ~ForeignCode() = default;
    virtual Result<std::optional<std::string>> call(std::string_view kind,
                                                    const std::vector<std::string>& arguments) = 0;
};

// The queue of the running suite ($queue_size).
class Queue {
public:
    virtual ~Queue() = default;
    // How many messages are in it, not long ago; nothing when nobody can tell. Suspends.
    virtual std::optional<std::uint64_t> size() = 0;
};

struct Effects {
    const Clock* clock = nullptr;
    Files* files = nullptr;
    Environment* environment = nullptr;
    Runner* runner = nullptr;
    Sockets* sockets = nullptr;
    Acls* acls = nullptr;
    PasswordChecks* passwords = nullptr;
    ForeignCode* foreign = nullptr;
    Queue* queue = nullptr;
};

}
