"""Git repositories that playbooks write to."""

import hashlib
import logging
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import textwrap
import threading
from collections import defaultdict
from typing import ClassVar, Dict, List, NamedTuple, Optional

from robusta.core.model.env_vars import CUSTOM_SSH_HOST_KEYS, GIT_MAX_RETRIES

GIT_SSH_PREFIX = "git@"
GIT_HTTPS_PREFIX = "https://"
LOCAL_PATH_URL_PREFIX = "file://"

_CHANGE = re.compile(r"Cluster (\S+)::(.*)")


class SingleChange(NamedTuple):
    """One commit about a cluster."""

    commit_date: str
    commit_message: str


ClusterChanges = Dict[str, List[SingleChange]]


def _folder() -> str:
    """Where clones and keys lie."""
    root = os.environ.get("REPO_LOCAL_BASE_DIR") or tempfile.gettempdir()
    folder = os.path.join(root, "robusta-git")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return folder


class GitRepoManager:
    """One clone for each repository."""

    manager_lock = threading.Lock()
    repo_map: ClassVar[Dict[str, "GitRepo"]] = {}

    @staticmethod
    def get_git_repo(git_repo_url: str, git_key: str) -> "GitRepo":
        """The clone of a repository; made when it is first wanted."""
        with GitRepoManager.manager_lock:
            if git_repo_url not in GitRepoManager.repo_map:
                GitRepoManager.repo_map[git_repo_url] = GitRepo(git_repo_url, git_key)
            return GitRepoManager.repo_map[git_repo_url]

    @staticmethod
    def remove_git_repo(git_repo_url: str) -> None:
        """Forgets a clone."""
        with GitRepoManager.manager_lock:
            GitRepoManager.repo_map.pop(git_repo_url, None)

    @classmethod
    def clear_git_repos(cls) -> None:
        """Forgets all clones."""
        with cls.manager_lock:
            cls.repo_map.clear()


class GitRepo:
    """A clone."""

    def __init__(self, git_repo_url: str, git_key: str, git_branch: Optional[str] = None) -> None:
        self.git_repo_url = git_repo_url
        self.git_branch = git_branch
        self.env = {**os.environ, "GIT_SSH_COMMAND": self._ssh(git_key)}
        self.repo_lock = threading.RLock()
        self.repo_name = os.path.splitext(os.path.basename(git_repo_url))[0]
        self.repo_local_path = os.path.join(_folder(), self.repo_name)
        self.init_repo()

    def init_repo(self) -> None:
        """Clones anew."""
        with self.repo_lock:
            shutil.rmtree(self.repo_local_path, ignore_errors=True)
            os.makedirs(self.repo_local_path)
            self._git("clone", "--", self.git_repo_url, self.repo_local_path)
            self._git("config", "--local", "user.email", "runner@robusta.dev")
            self._git("config", "--local", "user.name", "Robusta Runner")
            if self.git_branch:
                self._git("checkout", self.git_branch)

    def commit_push(self, file_data: str, file_path: str, file_name: str, commit_message: str, cluster_name: str) -> None:
        """Commits a file and pushes."""
        with self.repo_lock:
            self.commit(file_data, file_path, file_name, commit_message, cluster_name)
            self.push()

    def commit(self, file_data: str, file_path: str, file_name: str, commit_message: str, cluster_name: str) -> None:
        """Writes a file and commits it."""
        with self.repo_lock:
            folder = os.path.join(self.repo_local_path, file_path)
            path = os.path.join(folder, file_name)
            try:
                os.makedirs(folder, exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(file_data)
                self._commit(path, commit_message, cluster_name)
            except Exception:
                GitRepoManager.remove_git_repo(self.git_repo_url)
                raise

    def delete_push(self, file_path: str, file_name: str, commit_message: str, cluster_name: str) -> None:
        """Deletes a file, commits and pushes, if there is such a file."""
        with self.repo_lock:
            path = os.path.join(self.repo_local_path, file_path, file_name)
            if not os.path.exists(path):
                logging.info("there is no file %s to delete", path)
                return
            os.remove(path)
            self._commit(path, commit_message, cluster_name)
            self.push()

    def push(self) -> None:
        """Pushes; takes over what others pushed as often as that is needed."""
        with self.repo_lock:
            for remaining in range(GIT_MAX_RETRIES - 1, -1, -1):
                try:
                    self._git("push")
                    return
                except Exception:
                    if not remaining:
                        GitRepoManager.remove_git_repo(self.git_repo_url)
                        raise
                    self.pull_rebase()

    def pull_rebase(self) -> None:
        """Takes over what others pushed."""
        with self.repo_lock:
            self._git("pull", "--rebase", "-Xtheirs")

    def cluster_changes(self, since_minutes: int = 20) -> ClusterChanges:
        """The commits of the last minutes, by cluster."""
        found: ClusterChanges = defaultdict(list)
        with self.repo_lock:
            self.pull_rebase()
            log = self._git("log", "--since=%d minutes" % since_minutes, "--format=%ad%x09%s")
        for line in log.splitlines():
            date, _, message = line.partition("\t")
            change = _CHANGE.match(message)
            if change:
                found[change.group(1)].append(SingleChange(date, change.group(2)))
        return found

    def _commit(self, path: str, message: str, cluster_name: str) -> None:
        self._git("add", "--", path)
        self._git("commit", "-m", "Cluster %s::%s" % (cluster_name, message), "--allow-empty")

    def _git(self, *arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(command, cwd=self.repo_local_path, capture_output=True, env=self.env, check=False)
        if done.returncode:
            output = (done.stdout + done.stderr).decode(errors="replace")
            raise Exception("Error running git command: %s: %s" % (command, output))
        return done.stdout.decode(errors="replace")

    def _ssh(self, key: str) -> str:
        """The command that git connects with."""
        if not key:
            return "ssh -o IdentitiesOnly=yes"
        name = hashlib.sha1(self.git_repo_url.encode()).hexdigest()
        path = _written(name, textwrap.dedent(key if key.endswith("\n") else key + "\n"))
        known = [one.strip() for one in CUSTOM_SSH_HOST_KEYS.split("\n") if one.strip()]
        hosts = " -o UserKnownHostsFile=%s" % shlex.quote(_written("known_hosts", "\n".join(known) + "\n")) if known else ""
        return "ssh -i %s -o IdentitiesOnly=yes%s" % (shlex.quote(path), hosts)


def _written(name: str, text: str) -> str:
    path = os.path.join(_folder(), name)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path
