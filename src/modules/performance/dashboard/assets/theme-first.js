// Before anything is painted, and so no module: the theme that was chosen on this machine, if one was.
document.documentElement.dataset.theme = localStorage.getItem('dashboard-theme') ?? 'system';
