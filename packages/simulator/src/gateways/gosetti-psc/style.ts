export const STYLE = `
.gosetti { --accent: #00508f; }
.pin input { width: 100%; letter-spacing: .3em; font-size: 1.25rem; }
`;
